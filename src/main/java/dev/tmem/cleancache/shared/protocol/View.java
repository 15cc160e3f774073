package dev.tmem.cleancache.shared.protocol;

import dev.tmem.ObjectKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who the homes are, and of which objects. Exactly one view of each number exists in a lineage: it
 * was agreed upon by a quorum of the one before.
 *
 * <p>Immutable.
 *
 * @param members the oldest first; never empty
 * @param tieBreak whether half of the members are a quorum if the oldest is among them
 * @param fresh no page of an earlier view may be served in this one
 * @param homes the home of each slot, an index of {@code members}; see {@link Slots}
 * @param past earlier views under which a home may still be serving when this one is new
 * @param wholePast whether all such views are named; if not, nobody knows them all
 */
public record View(
    ViewName name,
    List<Member> members,
    boolean tieBreak,
    boolean fresh,
    Homes homes,
    List<Past> past,
    boolean wholePast) {

  /** The most members of a view. */
  public static final int MEMBERS_MAX = 255;

  /** The most earlier views that a view names. */
  public static final int PAST_MAX = 3;

  public View {
    if (members.isEmpty() || members.size() > MEMBERS_MAX || past.size() > PAST_MAX) {
      throw new IllegalArgumentException(
          members.size() + " members and " + past.size() + " earlier views");
    }
    homes.check(members.size());
    members = List.copyOf(members);
    past = List.copyOf(past);
  }

  /**
   * What has to be known of an earlier view. Immutable.
   *
   * @param members incarnations, in that view's order
   */
  public record Past(long number, List<UUID> members, Homes homes) {

    public Past {
      homes.check(members.size());
      members = List.copyOf(members);
    }

    UUID home(int slot) {
      return members.get(homes.of(slot));
    }
  }

  /** The first view of a lineage. */
  static View first(UUID lineage, Member founder, boolean tieBreak) {
    return new View(
        new ViewName(lineage, 1),
        List.of(founder),
        tieBreak,
        true,
        Homes.assign(null, List.of(), List.of(founder)),
        List.of(),
        true);
  }

  /**
   * The view after this one.
   *
   * @param next the oldest first
   * @param earlier views before this one that may not be over
   * @param whole whether those are all
   */
  View successor(List<Member> next, boolean isFresh, List<Past> earlier, boolean whole) {
    List<Past> all = new ArrayList<>();
    all.add(asPast());
    all.addAll(earlier.subList(0, Math.min(earlier.size(), PAST_MAX - 1)));
    return new View(
        new ViewName(name.lineage(), name.number() + 1),
        next,
        tieBreak,
        isFresh,
        Homes.assign(homes, members, next),
        all,
        whole && earlier.size() < PAST_MAX);
  }

  /**
   * A view that nobody has agreed upon, of a number that no successor comes near: everybody who
   * hears of it follows it. Nothing of any earlier view is served in it.
   *
   * @param next the oldest first
   * @param step how far its number is above this one's
   */
  View forced(List<Member> next, long step) {
    return new View(
        new ViewName(name.lineage(), name.number() + step),
        next,
        tieBreak,
        true,
        Homes.assign(null, List.of(), next),
        List.of(asPast()),
        false);
  }

  Past asPast() {
    return new Past(name.number(), members.stream().map(Member::incarnation).toList(), homes);
  }

  public long number() {
    return name.number();
  }

  /** The home of an object. */
  public Member home(ObjectKey object) {
    return home(Slots.of(object));
  }

  Member home(int slot) {
    return members.get(homes.of(slot));
  }

  /** How many of the {@link Slots#COUNT} slots each member is home of. */
  public Map<Member, Integer> shares() {
    int[] counts = homes.shares(members.size());
    Map<Member, Integer> shares = new LinkedHashMap<>();
    for (int i = 0; i < counts.length; i++) {
      shares.put(members.get(i), counts[i]);
    }
    return shares;
  }

  @Nullable Member member(UUID incarnation) {
    for (Member member : members) {
      if (member.incarnation().equals(incarnation)) {
        return member;
      }
    }
    return null;
  }

  boolean contains(UUID incarnation) {
    return member(incarnation) != null;
  }

  /**
   * Whether those agree for all. Any two quorums have a member in common: two majorities do, a
   * majority and a half do, and two halves that count have the oldest member.
   */
  boolean isQuorum(Set<UUID> some) {
    long count = members.stream().filter(member -> some.contains(member.incarnation())).count();
    boolean half = 2 * count == members.size();
    return 2 * count > members.size()
        || (half && tieBreak && some.contains(members.getFirst().incarnation()));
  }
}

package dev.tmem.cleancache.shared.protocol;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The home of each slot, as an index of a view's members. A table and not a hash of the members'
 * names, because it can be balanced exactly, and because a change of members then moves no slot
 * that need not move. Immutable.
 */
public final class Homes {

  private final byte[] table;

  /**
   * @param table an index for each slot; not copied
   */
  Homes(byte[] table) {
    if (table.length != Slots.COUNT) {
      throw new IllegalArgumentException(table.length + " slots; there are " + Slots.COUNT);
    }
    this.table = table;
  }

  /**
   * A table that came over the wire.
   *
   * @param table an index for each slot; not copied
   */
  public static Homes of(byte[] table) {
    return new Homes(table);
  }

  int of(int slot) {
    return Byte.toUnsignedInt(table[slot]);
  }

  /** Every index names a member. */
  void check(int members) {
    for (int slot = 0; slot < table.length; slot++) {
      if (of(slot) >= members) {
        throw new IllegalArgumentException("home " + of(slot) + " of " + members + " members");
      }
    }
  }

  /** An index for each slot. */
  public byte[] bytes() {
    return table.clone();
  }

  /** Slots of each member. */
  int[] shares(int members) {
    int[] shares = new int[members];
    for (int slot = 0; slot < table.length; slot++) {
      shares[of(slot)]++;
    }
    return shares;
  }

  /**
   * Gives each member its share by weight, and leaves a slot where it is as long as its home has
   * not too many.
   *
   * @param before the table that is followed; null: none
   * @param from the members that it names
   */
  static Homes assign(@Nullable Homes before, List<Member> from, List<Member> to) {
    int[] shares = fairShares(to);
    byte[] table = new byte[Slots.COUNT];
    Deque<Integer> homeless = new ArrayDeque<>();
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      int home = before == null ? -1 : indexOf(from.get(before.of(slot)), to);
      if (home >= 0 && shares[home] > 0) {
        shares[home]--;
        table[slot] = (byte) home;
      } else {
        homeless.add(slot);
      }
    }
    int next = 0;
    for (int slot : homeless) {
      while (shares[next] == 0) {
        next++;
      }
      shares[next]--;
      table[slot] = (byte) next;
    }
    return new Homes(table);
  }

  private static int indexOf(Member member, List<Member> members) {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).incarnation().equals(member.incarnation())) {
        return i;
      }
    }
    return -1;
  }

  /** As many slots as there are; what division leaves over goes to the first members. */
  private static int[] fairShares(List<Member> members) {
    long weight = members.stream().mapToLong(Member::weight).sum();
    int[] shares = new int[members.size()];
    int left = Slots.COUNT;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (int) (Slots.COUNT * (long) members.get(i).weight() / weight);
      left -= shares[i];
    }
    for (int i = 0; left > 0; i = (i + 1) % shares.length) {
      shares[i]++;
      left--;
    }
    return shares;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Homes that && Arrays.equals(table, that.table);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(table);
  }
}

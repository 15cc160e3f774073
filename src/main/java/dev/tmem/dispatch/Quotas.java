package dev.tmem.dispatch;

import dev.tmem.Options;
import dev.tmem.RamShare;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The shares of RAM that areas are guaranteed and capped to, together.
 *
 * <p>Thread-safe: under this object's monitor while shares change; the spaces that have some stand
 * in an array that is replaced, so that a look at none of them costs nothing.
 */
final class Quotas {

  private static final PageSpace[] NOBODY = {};

  private volatile PageSpace[] limited = NOBODY;

  /**
   * Gives a space its shares, in place of those it has.
   *
   * @param poolBytes the limit of the pool
   * @throws dev.tmem.TmemException with {@code INVALID_OPTION} if the guarantee is above the cap,
   *     or all guarantees together are above the limit; nothing changes
   */
  synchronized void set(PageSpace space, Quota.Shares shares, long poolBytes) {
    long guaranteed = shares.guaranteed().of(poolBytes);
    long cap = shares.cap().of(poolBytes);
    if (guaranteed > cap) {
      throw Options.refuse(
          "ramGuaranteed", shares.guaranteed(), "at most ramCap, " + shares.cap() + ",");
    }
    long others = 0;
    for (PageSpace other : limited) {
      others += other == space ? 0 : other.quota().shares().guaranteed().of(poolBytes);
    }
    if (guaranteed > 0 && guaranteed + others > poolBytes) {
      throw Options.refuse(
          "ramGuaranteed",
          shares.guaranteed(),
          "at most the "
              + Math.max(0, poolBytes - others)
              + " bytes of RAM that are guaranteed to no other area");
    }
    space.quota().set(shares);
    List<PageSpace> all = new ArrayList<>(List.of(limited));
    all.remove(space);
    if (space.quota().isSet()) {
      all.add(space);
    }
    limited = all.toArray(NOBODY);
  }

  /** A space has ended: its shares are free. */
  synchronized void forget(PageSpace space) {
    List<PageSpace> all = new ArrayList<>(List.of(limited));
    all.remove(space);
    limited = all.toArray(NOBODY);
  }

  /** Looks at the marks of all caps. */
  void look(long poolBytes, boolean hopeless) {
    for (PageSpace space : limited) {
      space.quota().look(space, poolBytes, hopeless);
    }
  }

  /** Whether an area is to be relieved because of its cap. */
  boolean isNeeded() {
    for (PageSpace space : limited) {
      RamBound bound = space.quota().bound();
      if (bound.isRelieving() || bound.isAwaited()) {
        return true;
      }
    }
    return false;
  }

  /** Lanes that the caps alone would want. */
  int lanes(int most) {
    int lanes = 1;
    for (PageSpace space : limited) {
      RamBound bound = space.quota().bound();
      if (bound.isRelieving() || bound.isAwaited()) {
        lanes = Math.max(lanes, bound.lanes(most));
      }
    }
    return lanes;
  }

  /** Nothing goes down: what waits because of a cap goes on. */
  void giveUp() {
    for (PageSpace space : limited) {
      space.quota().bound().giveUp();
    }
  }

  /** A batch has gone down: what waits because of a cap may go on. */
  void relieved(Victims.Batch batch) {
    for (PageSpace space : limited) {
      long items = batch.items().stream().filter(item -> item.stripe.space() == space).count();
      space.quota().bound().relieved((int) items + batch.dropped());
    }
  }

  /**
   * Whose pages are to go down, in the order in which they are to be asked.
   *
   * @param spaces those whose pages can go down
   * @param pool whether the pool is to be relieved, and not capped areas alone
   */
  List<Scope> scopes(List<PageSpace> spaces, boolean pool, long poolBytes) {
    Set<PageSpace> overCap = new LinkedHashSet<>();
    Set<PageSpace> guarded = new LinkedHashSet<>();
    for (PageSpace space : limited) {
      RamBound bound = space.quota().bound();
      if (spaces.contains(space) && (bound.isRelieving() || bound.isAwaited())) {
        overCap.add(space);
      }
      RamShare guaranteed = space.quota().shares().guaranteed();
      if (space.ramTally().zpageBytes() <= guaranteed.of(poolBytes)) {
        guarded.add(space);
      }
    }
    List<Scope> scopes = new ArrayList<>();
    if (!overCap.isEmpty()) {
      scopes.add(new Scope(Scope.Kind.OVER_CAP, overCap));
    }
    if (pool) {
      Set<PageSpace> rest = new LinkedHashSet<>(spaces);
      rest.removeAll(guarded);
      if (!guarded.isEmpty() && !rest.isEmpty()) {
        scopes.add(new Scope(Scope.Kind.OVER_GUARANTEE, rest));
      }
      scopes.add(new Scope(Scope.Kind.ALL, new LinkedHashSet<>(spaces)));
    }
    return scopes;
  }
}

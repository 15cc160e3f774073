package dev.tmem.cli.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What one page may hold now. Operations take effect in the order in which they are given, so what
 * was before the last store or invalidate may not be seen by a load that comes after it; a load
 * that is under way may see whatever the page might have held since it began.
 *
 * <p>Invariant: {@code possible} is not empty. Confined to the thread of its schedule.
 */
final class PageTruth {

  /** In place of a version: nothing is there. */
  static final int ABSENT = 0;

  /** In place of a version: every copy is known to be gone. */
  static final int LOST = -1;

  /** A load under way. */
  static final class Sight {
    private int[] seen;

    /** How often the page had changed when it began. */
    private final int since;

    private final int harm;
    private final int doubts;

    private Sight(PageTruth page) {
      this.seen = page.possible;
      this.since = page.changes;
      this.harm = page.harmAtStore;
      this.doubts = page.doubtsAtStore;
    }

    /** How many other nodes had ended when what the load may see was stored. */
    int harmAtStore() {
      return harm;
    }

    /** How often peers had reason to doubt each other by then. */
    int doubtsAtStore() {
      return doubts;
    }

    /** Whether the page might have held that, at some moment since the load began. */
    boolean mayBe(int version) {
      return contains(seen, version);
    }

    @Override
    public String toString() {
      return Arrays.toString(seen);
    }
  }

  private int[] possible = {ABSENT};
  private int changes;
  private int harmAtStore;
  private int doubtsAtStore;
  private int storesUnderWay;
  private final List<Sight> sights = new ArrayList<>(2);

  /** How often a store or an invalidate was given. */
  int changes() {
    return changes;
  }

  /** The page is to hold one of these, whatever it held. */
  void become(int... versions) {
    changes++;
    set(versions);
  }

  /** A store is given; whether it succeeds is not known. */
  void storing(int version, int harm, int doubts) {
    harmAtStore = harm;
    doubtsAtStore = doubts;
    storesUnderWay++;
    become(version, ABSENT);
  }

  /** A store has ended. */
  void stored() {
    storesUnderWay--;
  }

  boolean isBeingStored() {
    return storesUnderWay > 0;
  }

  /** It is known now which of the possible ones it holds. */
  void turnsOut(int... versions) {
    set(versions);
  }

  /** It may also hold that. */
  void mayAlsoBe(int version) {
    if (!contains(possible, version)) {
      int[] more = Arrays.copyOf(possible, possible.length + 1);
      more[possible.length] = version;
      set(more);
    }
  }

  boolean mayBe(int version) {
    return contains(possible, version);
  }

  private void set(int[] versions) {
    possible = versions;
    for (Sight sight : sights) {
      sight.seen = union(sight.seen, versions);
    }
  }

  /** A load begins. */
  Sight look() {
    Sight sight = new Sight(this);
    sights.add(sight);
    return sight;
  }

  /**
   * A load has ended.
   *
   * @return whether the page is as it was when the load began, so that what it saw is what is there
   */
  boolean looked(Sight sight) {
    sights.remove(sight);
    return sight.since == changes;
  }

  private static int[] union(int[] some, int[] others) {
    int[] all = some;
    for (int version : others) {
      if (!contains(all, version)) {
        all = Arrays.copyOf(all, all.length + 1);
        all[all.length - 1] = version;
      }
    }
    return all;
  }

  private static boolean contains(int[] versions, int version) {
    for (int each : versions) {
      if (each == version) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    return Arrays.toString(possible);
  }
}

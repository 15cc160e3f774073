package dev.tmem.cli.torture;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one page may hold. Versions are drawn by the one client that changes the page; {@link
 * #ABSENT} stands for no page.
 *
 * <p>Invariant: {@code possible} has every version that a load which begins and ends now may
 * return; one of them unless the outcome of a change is open. Thread-safe: its monitor.
 */
final class PageOracle {

  static final long ABSENT = 0;

  private final Set<Long> possible = new HashSet<>(Set.of(ABSENT));
  private final List<Reading> readings = new ArrayList<>(1);
  private long latest;

  /** A load under way: what it may return grows with what happens meanwhile. */
  final class Reading {

    private final Set<Long> allowed;

    private Reading(Set<Long> allowed) {
      this.allowed = allowed;
    }

    /** Nothing is to be judged. */
    void abandon() {
      synchronized (PageOracle.this) {
        readings.remove(this);
      }
    }

    /** Ends it, with what it returned. */
    Verdict judge(long area, long offset, byte @Nullable [] bytes) {
      synchronized (PageOracle.this) {
        readings.remove(this);
        return PageOracle.judge(allowed, area, offset, bytes);
      }
    }

    /** Ends it: the page is said to be lost. */
    Verdict lost() {
      synchronized (PageOracle.this) {
        readings.remove(this);
        boolean known = possible.equals(Set.of(ABSENT));
        settle(ABSENT);
        return known ? Verdict.UNAVAILABLE : Verdict.LOST;
      }
    }
  }

  /** Draws the version of a store that begins. */
  synchronized long beginStore() {
    latest++;
    allow(latest);
    return latest;
  }

  /** An invalidate begins. */
  synchronized void beginInvalidate() {
    allow(ABSENT);
  }

  private void allow(long version) {
    possible.add(version);
    readings.forEach(reading -> reading.allowed.add(version));
  }

  /** A change has ended: from now on the page holds that. */
  synchronized void settle(long version) {
    allow(version);
    possible.clear();
    possible.add(version);
  }

  /** A change has ended, nobody knows how: as it was, or as it was to be, or gone. */
  synchronized void unknown() {
    allow(ABSENT);
  }

  /** A load begins. */
  synchronized Reading read() {
    Reading reading = new Reading(new HashSet<>(possible));
    readings.add(reading);
    return reading;
  }

  /** Whether there can be nothing but a page. */
  synchronized boolean isPresent() {
    return !possible.contains(ABSENT);
  }

  private static Verdict judge(Set<Long> allowed, long area, long offset, byte @Nullable [] bytes) {
    if (bytes == null) {
      return allowed.contains(ABSENT) ? Verdict.RIGHT : Verdict.LOST;
    }
    if (!TorturePage.isWhole(bytes)) {
      return Verdict.CORRUPT;
    }
    TorturePage page = TorturePage.of(bytes);
    if (page.area() != area || page.offset() != offset) {
      return Verdict.MISPLACED;
    }
    return allowed.contains(page.version()) ? Verdict.RIGHT : Verdict.STALE;
  }
}

package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GatheringTest {

  private static final long SYNC_NANOS = 8_000;
  private static final int MEAN_PARTS = 8;

  private final Gathering gathering = new Gathering();

  /** The clock of all tests. */
  private long now = 1_000_000;

  private void synced(int records, int came, long nanos) {
    now += nanos;
    gathering.synced(records, came, nanos, now);
  }

  /** The mean after so many syncs that took as long. */
  private static long mean(int syncs) {
    long mean = 0;
    for (int i = 0; i < syncs; i++) {
      mean += (SYNC_NANOS - mean) / MEAN_PARTS;
    }
    return mean;
  }

  @Test
  void nobodyIsWaitedForBeforeTheFirstSync() {
    assertEquals(0, gathering.missing(1, now));
  }

  @Test
  void oneWriterAloneNeverWaits() {
    for (int i = 0; i < 5; i++) {
      synced(1, 0, SYNC_NANOS);
      now += 100;
      assertEquals(0, gathering.missing(1, now));
    }
  }

  @Test
  void thoseOfTheLastSyncAndThoseWhoCameMeanwhileAreExpected() {
    synced(40, 24, SYNC_NANOS);
    assertEquals(60, gathering.missing(4, now + 100));
    assertEquals(1, gathering.missing(63, now + 110));
    assertEquals(0, gathering.missing(64, now + 120));
    assertEquals(0, gathering.missing(70, now + 130));
  }

  @Test
  void theyAreWaitedForHalfAsLongAsASyncTakes() {
    for (int i = 0; i < 3; i++) {
      synced(10, 0, SYNC_NANOS);
    }
    long half = mean(3) / 2;
    assertEquals(9, gathering.missing(1, now));
    assertEquals(half, gathering.leftNanos(now));
    assertEquals(8, gathering.missing(2, now + half - 1));
    assertEquals(0, gathering.missing(2, now + half));
    synced(2, 0, SYNC_NANOS);
    assertEquals(0, gathering.missing(2, now), "who is gone is not waited for again");
  }

  @Test
  void aSlowDiskMakesNobodyWaitForLong() {
    for (int i = 0; i < 100; i++) {
      synced(2, 0, 1_000_000_000L);
    }
    assertEquals(1, gathering.missing(1, now));
    assertTrue(gathering.leftNanos(now) <= Gathering.MOST_NANOS);
  }

  /** Where all are back soon, each sync is for all of them. */
  @Test
  void whoComesQuicklyIsWaitedForEachTime() {
    for (int i = 0; i < 1_000; i++) {
      synced(64, 0, 1_000_000);
      for (int records = 1; records < 64; records++) {
        now += 1_000;
        int missing = gathering.missing(records, now);
        // The mean of syncs begins with an eighth of the first one.
        assertTrue(i < 8 || missing == 64 - records, "sync " + i + ": " + missing);
      }
      now += 1_000;
      assertEquals(0, gathering.missing(64, now));
    }
  }

  /** Where they come too slowly nothing is waited for, but for a try now and then. */
  @Test
  void whoComesTooSlowlyIsWaitedForOnlyNowAndThen() {
    int waits = 0;
    for (int i = 0; i < 1_000; i++) {
      synced(20, 20, 100_000);
      now += 10_000;
      int records = 21;
      boolean waited = false;
      while (gathering.missing(records, now) > 0) {
        waited = true;
        now += 10_000;
        records++;
      }
      waits += waited ? 1 : 0;
    }
    assertTrue(waits >= 1 && waits <= 100, waits + " of 1000 waited");
  }

  /** A pause in which nobody stored anything says little of those who come after it. */
  @Test
  void afterAnIdleHourTheyAreWaitedForAgain() {
    synced(1, 0, 1_000_000);
    now += 3_600_000_000_000L;
    assertEquals(0, gathering.missing(1, now));
    int waited = 0;
    for (int i = 0; i < 200; i++) {
      synced(64, 0, 1_000_000);
      now += 1_000;
      boolean waits = gathering.missing(1, now) > 0;
      waited = waits ? waited + 1 : 0;
      now += 63_000;
      gathering.missing(64, now);
    }
    assertTrue(waited > 50, "the last " + waited + " syncs were waited for");
  }
}

package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GatheringTest {

  private static final long SYNC_NANOS = 8_000;

  private final Gathering gathering = new Gathering();

  @Test
  void nobodyIsWaitedForBeforeTheFirstSync() {
    assertEquals(0, gathering.missing(1, 100));
  }

  @Test
  void oneWriterAloneNeverWaits() {
    for (int i = 0; i < 5; i++) {
      gathering.synced(1, 0, SYNC_NANOS);
      assertEquals(0, gathering.missing(1, 100));
    }
  }

  @Test
  void thoseOfTheLastSyncAndThoseWhoCameMeanwhileAreExpected() {
    gathering.synced(40, 24, SYNC_NANOS);
    assertEquals(60, gathering.missing(4, 100));
    assertEquals(1, gathering.missing(63, 110));
    assertEquals(0, gathering.missing(64, 120));
    assertEquals(0, gathering.missing(70, 130));
  }

  @Test
  void theyAreWaitedForHalfAsLongAsASyncTakes() {
    long mean = 0;
    for (int i = 0; i < 3; i++) {
      gathering.synced(10, 0, SYNC_NANOS);
      mean += (SYNC_NANOS - mean) / 8;
    }
    assertEquals(9, gathering.missing(1, 1_000));
    assertEquals(mean / 2, gathering.leftNanos(1_000));
    assertEquals(8, gathering.missing(2, 1_000 + mean / 2 - 1));
    assertEquals(0, gathering.missing(2, 1_000 + mean / 2));
    gathering.synced(2, 0, SYNC_NANOS);
    assertEquals(0, gathering.missing(2, 9_000), "who is gone is not waited for again");
  }

  @Test
  void aSlowDiskMakesNobodyWaitForLong() {
    for (int i = 0; i < 100; i++) {
      gathering.synced(2, 0, 1_000_000_000L);
    }
    assertEquals(1, gathering.missing(1, 0));
    assertTrue(gathering.leftNanos(0) <= Gathering.MOST_NANOS);
  }
}

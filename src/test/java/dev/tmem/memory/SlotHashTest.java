package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SlotHashTest {

  @Test
  void positionGrowsWithTheHashAndStaysInRange() {
    long before = -1;
    for (long step = 0; step < 4096; step++) {
      long position = SlotHash.position(step << 52 | 0x000F_0F0F_0F0F_0F0FL);
      assertTrue(position > before, "at " + step);
      before = position;
    }
    assertEquals(0, SlotHash.position(0));
    assertTrue(SlotHash.position(-1L) > Long.MAX_VALUE - 4);
  }

  /** Twice as dense at one end as at the other, whatever the pattern of the keys. */
  @Test
  void positionsAreSkewedByTwo() {
    for (long stride : new long[] {1, 8, 4096, 1L << 32, 0x1_0000_0001L}) {
      int[] sixteenths = new int[16];
      for (long i = 0; i < 160_000; i++) {
        sixteenths[(int) (SlotHash.position(SlotHash.mix(i * stride)) >>> 59)]++;
      }
      double ratio = (double) sixteenths[0] / sixteenths[15];
      assertTrue(ratio > 1.8 && ratio < 2.1, "ratio " + ratio + " at stride " + stride);
    }
  }

  @Test
  void homesCoverAllSlotsEvenly() {
    for (int slots : new int[] {SlotLayout.SMALL_SLOTS, SlotLayout.LARGE_SLOTS}) {
      int[] homes = new int[slots];
      for (long i = 0; i < slots * 1000L; i++) {
        homes[SlotHash.home(SlotHash.mix(i), slots)]++;
      }
      for (int count : homes) {
        assertTrue(count > 800 && count < 1200, "a home was hit " + count + " times");
      }
    }
  }

  @Test
  void slotsFillTheirBlocks() {
    assertEquals(21, SlotLayout.SMALL_SLOTS);
    assertEquals(170, SlotLayout.LARGE_SLOTS);
    assertTrue((1 << SlotTable.SMALL_DEPTH_MAX) * SlotTable.SMALL_FILL <= SlotTable.LARGE_FILL);
  }
}

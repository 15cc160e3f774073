package dev.tmem.zram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.memory.RegionPool;
import org.junit.jupiter.api.Test;

class HandleLayoutTest {

  @Test
  void everyFieldHoldsItsLimitsBesideTheOthers() {
    int[] spans = {0, 1, 1 << 10, HandleLayout.MAX_SPAN - 1, HandleLayout.MAX_SPAN};
    int[] offsets = {0, 16, 4096, HandleLayout.MAX_OFFSET - 16, HandleLayout.MAX_OFFSET};
    int[] lengths = {1, 2, 4096, HandleLayout.MAX_LENGTH - 1, HandleLayout.MAX_LENGTH};
    for (int span : spans) {
      for (int offset : offsets) {
        for (int length : lengths) {
          long handle = HandleLayout.pack(span, offset, length);
          assertTrue(handle >= 0);
          assertTrue(HandleLayout.isWellFormed(handle));
          assertEquals(span, HandleLayout.span(handle));
          assertEquals(offset, HandleLayout.offset(handle));
          assertEquals(length, HandleLayout.length(handle));
        }
      }
    }
  }

  @Test
  void fieldsFillTheLowBitsAndNothingElse() {
    assertEquals(54, HandleLayout.END_SHIFT);
    long largest =
        HandleLayout.pack(HandleLayout.MAX_SPAN, HandleLayout.MAX_OFFSET, HandleLayout.MAX_LENGTH);
    assertEquals((1L << 54) - 1, largest);
    assertEquals(0, HandleLayout.pack(0, 0, 1));
    assertFalse(HandleLayout.isWellFormed(largest + 1));
    assertFalse(HandleLayout.isWellFormed(-1));
    assertFalse(HandleLayout.isWellFormed(Long.MIN_VALUE));
  }

  @Test
  void aRunOfSpansIsCoveredToItsEnd() {
    assertEquals(RegionPool.RUN_BYTES, HandleLayout.MAX_OFFSET + HandleLayout.GRAIN_BYTES);
    assertEquals(RegionPool.SPAN_BYTES, HandleLayout.MAX_LENGTH);
  }
}

package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HandleLayoutTest {

  private static final int MAX_OFFSET = HandleLayout.MAX_CELL * RecordLayout.ALIGNMENT;

  @Test
  void eachFieldKeepsItsLimitsAndLeavesTheOthersAlone() {
    check(0, 0, 0, 1);
    check(HandleLayout.MAX_LIFE, 0, 0, 1);
    check(0, HandleLayout.MAX_SEGMENT, 0, 1);
    check(0, 0, MAX_OFFSET, 1);
    check(0, 0, 0, HandleLayout.MAX_LENGTH);
    check(HandleLayout.MAX_LIFE, HandleLayout.MAX_SEGMENT, MAX_OFFSET, HandleLayout.MAX_LENGTH);
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      check(
          random.nextInt(HandleLayout.MAX_LIFE + 1),
          random.nextInt(HandleLayout.MAX_SEGMENT + 1),
          random.nextInt(HandleLayout.MAX_CELL + 1) * RecordLayout.ALIGNMENT,
          1 + random.nextInt(HandleLayout.MAX_LENGTH));
    }
  }

  private static void check(int life, int segment, int offset, int length) {
    long handle = HandleLayout.pack(life, segment, offset, length);
    assertTrue(handle >= 0, "never negative");
    assertEquals(life, HandleLayout.life(handle));
    assertEquals(segment, HandleLayout.segment(handle));
    assertEquals(offset, HandleLayout.offset(handle));
    assertEquals(length, HandleLayout.length(handle));
  }

  @Test
  void whatDoesNotFitIsNotPacked() {
    assertThrows(AssertionError.class, () -> HandleLayout.pack(-1, 0, 0, 1));
    assertThrows(AssertionError.class, () -> HandleLayout.pack(HandleLayout.MAX_LIFE + 1, 0, 0, 1));
    assertThrows(
        AssertionError.class, () -> HandleLayout.pack(0, HandleLayout.MAX_SEGMENT + 1, 0, 1));
    assertThrows(AssertionError.class, () -> HandleLayout.pack(0, 0, 8, 1));
    assertThrows(
        AssertionError.class,
        () -> HandleLayout.pack(0, 0, MAX_OFFSET + RecordLayout.ALIGNMENT, 1));
    assertThrows(AssertionError.class, () -> HandleLayout.pack(0, 0, 0, 0));
    assertThrows(
        AssertionError.class, () -> HandleLayout.pack(0, 0, 0, HandleLayout.MAX_LENGTH + 1));
  }

  @Test
  void everyPlaceInASegmentAndEverySegmentHasAHandle() {
    assertTrue(Geometry.SEGMENT_BYTES / RecordLayout.ALIGNMENT - 1 <= HandleLayout.MAX_CELL);
    assertTrue(Geometry.MAX_SEGMENTS - 1 <= HandleLayout.MAX_SEGMENT);
    assertEquals(RecordLayout.MAX_PAYLOAD, HandleLayout.MAX_LENGTH);
  }

  @Test
  void placesSortAsTheRecordsLie() {
    long a = HandleLayout.pack(9, 3, 128, 500);
    long b = HandleLayout.pack(1, 3, 192, 1);
    long c = HandleLayout.pack(0, 4, 0, 1);
    assertTrue(HandleLayout.place(a) < HandleLayout.place(b));
    assertTrue(HandleLayout.place(b) < HandleLayout.place(c));
  }
}

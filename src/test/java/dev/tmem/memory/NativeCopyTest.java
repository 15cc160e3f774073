package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NativeCopyTest {

  private static final int ROOM = 20_000;

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment to = arena.allocate(ROOM);

  @Test
  void whatIsCopiedIsThereAndNothingElseChanges() {
    Random random = new Random(31);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = new byte[1 + random.nextInt(i % 2 == 0 ? 600 : 8000)];
      random.nextBytes(bytes);
      byte[] expected = to.toArray(ValueLayout.JAVA_BYTE);
      int at = random.nextInt(ROOM - bytes.length);
      System.arraycopy(bytes, 0, expected, at, bytes.length);
      NativeCopy.copy(source(bytes, random.nextInt(3)), bytes.length, to, at);
      assertArrayEquals(expected, to.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /** Native, native and longer than what is wanted of it, and on the heap. */
  private MemorySegment source(byte[] bytes, int kind) {
    if (kind == 2) {
      return MemorySegment.ofArray(bytes);
    }
    MemorySegment memory = arena.allocate(bytes.length + 100L * kind);
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return memory;
  }

  @Test
  void whatDoesNotLieWithinBothIsRefused() {
    for (int length : new int[] {NativeCopy.LEAST_BYTES - 1, 2 * NativeCopy.LEAST_BYTES}) {
      MemorySegment from = arena.allocate(length);
      assertThrows(IndexOutOfBoundsException.class, () -> NativeCopy.copy(from, length + 1, to, 0));
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> NativeCopy.copy(from, length, to, ROOM - length + 1));
      assertThrows(IndexOutOfBoundsException.class, () -> NativeCopy.copy(from, length, to, -1));
      assertThrows(IndexOutOfBoundsException.class, () -> NativeCopy.copy(from, -1, to, 0));
    }
    assertEquals(-1, to.mismatch(arena.allocate(ROOM)));
  }
}

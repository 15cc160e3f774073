package dev.tmem.cli.bench;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/**
 * The contents of many files in a row, outside the heap, to draw pages from. Confined to one
 * thread.
 */
final class SlicePool {

  private static final int BUFFER_BYTES = 1 << 16;

  private final MemorySegment bytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private long used;

  /**
   * @param capacity the most bytes it takes
   */
  SlicePool(Arena arena, long capacity) {
    bytes = arena.allocate(capacity);
  }

  boolean isFull() {
    return used == bytes.byteSize();
  }

  /** Whether there is a page to draw. */
  boolean hasPages() {
    return used >= Corpus.PAGE_BYTES;
  }

  /** Takes as much of a stream as fits, and is allowed. */
  void add(InputStream in, long most) throws IOException {
    long room = Math.min(most, bytes.byteSize() - used);
    while (room > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, room));
      if (read < 0) {
        return;
      }
      MemorySegment.copy(buffer, 0, bytes, ValueLayout.JAVA_BYTE, used, read);
      used += read;
      room -= read;
    }
  }

  /** Copies a page from anywhere in it. */
  void draw(RandomGenerator random, MemorySegment to, long at) {
    long from = random.nextLong(used - Corpus.PAGE_BYTES + 1);
    MemorySegment.copy(bytes, from, to, at, Corpus.PAGE_BYTES);
  }
}

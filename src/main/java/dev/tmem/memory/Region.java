package dev.tmem.memory;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One mapping and which of its spans are whose.
 *
 * <p>A span is free, held, or between the two: being given back to the system. Invariant: no span
 * is free and held at once; {@code freeSpans} counts the free ones.
 *
 * <p>Confined to the lock of its pool, but for the segment and the buffer, which never change.
 */
final class Region {

  private static final int WORDS = RegionPool.SPANS_PER_REGION / Long.SIZE;

  final MemorySegment segment;
  final ByteBuffer buffer;

  private final long[] free = new long[WORDS];
  private final long[] held = new long[WORDS];
  private int freeSpans = RegionPool.SPANS_PER_REGION;

  Region(MemorySegment segment) {
    this.segment = segment;
    this.buffer = segment.asByteBuffer();
    Arrays.fill(free, -1L);
  }

  int freeSpans() {
    return freeSpans;
  }

  boolean isEmpty() {
    return freeSpans == RegionPool.SPANS_PER_REGION;
  }

  int heldSpans() {
    int count = 0;
    for (long word : held) {
      count += Long.bitCount(word);
    }
    return count;
  }

  /** Takes the lowest free span. There must be one. */
  int take() {
    int word = 0;
    while (free[word] == 0) {
      word++;
    }
    long bit = Long.lowestOneBit(free[word]);
    free[word] &= ~bit;
    held[word] |= bit;
    freeSpans--;
    return word * Long.SIZE + Long.numberOfTrailingZeros(bit);
  }

  /** Held to in between; false if it is not held. */
  boolean beginRelease(int index) {
    long bit = 1L << index; // the shift takes the low six bits
    int word = index / Long.SIZE;
    if ((held[word] & bit) == 0) {
      return false;
    }
    held[word] &= ~bit;
    return true;
  }

  /** In between to held: the system would not take it. */
  void undoRelease(int index) {
    held[index / Long.SIZE] |= 1L << index;
  }

  /** In between to free. */
  void endRelease(int index) {
    free[index / Long.SIZE] |= 1L << index;
    freeSpans++;
  }

  void checkInvariants() {
    int count = 0;
    for (int word = 0; word < WORDS; word++) {
      if ((free[word] & held[word]) != 0) {
        throw new AssertionError("a span is free and held");
      }
      count += Long.bitCount(free[word]);
    }
    if (count != freeSpans) {
      throw new AssertionError(count + " spans are free, counted were " + freeSpans);
    }
  }
}

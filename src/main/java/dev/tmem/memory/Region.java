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

  /** The bits of a block, in the lowest place. */
  private static final long BLOCK_MASK = (1L << RegionPool.SPANS_PER_BLOCK) - 1;

  /** Where a run may begin, in a word of bits. */
  private static final long RUN_STARTS =
      Long.divideUnsigned(-1L, (1L << RegionPool.SPANS_PER_RUN) - 1);

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

  /** The lowest free span. There must be one. */
  int lowest() {
    int word = 0;
    while (free[word] == 0) {
      word++;
    }
    return word * Long.SIZE + Long.numberOfTrailingZeros(free[word]);
  }

  /** The first span of the lowest block of which all spans are free, or -1. */
  int lowestFreeBlock() {
    for (int index = 0; index < RegionPool.SPANS_PER_REGION; index += RegionPool.SPANS_PER_BLOCK) {
      if ((free[index / Long.SIZE] >>> index & BLOCK_MASK) == BLOCK_MASK) {
        return index;
      }
    }
    return -1;
  }

  /** The first span of the lowest run of which all spans are free, or -1. */
  int lowestFreeRun() {
    for (int word = 0; word < WORDS; word++) {
      long bits = free[word];
      long runs = bits & bits >>> 1 & bits >>> 2 & bits >>> 3 & RUN_STARTS;
      if (runs != 0) {
        return word * Long.SIZE + Long.numberOfTrailingZeros(runs);
      }
    }
    return -1;
  }

  /** A block, from free to reserved: neither free nor held. */
  void reserve(int index) {
    free[index / Long.SIZE] &= ~(BLOCK_MASK << index);
    freeSpans -= RegionPool.SPANS_PER_BLOCK;
  }

  /** A block, from reserved to free. */
  void unreserve(int index) {
    free[index / Long.SIZE] |= BLOCK_MASK << index;
    freeSpans += RegionPool.SPANS_PER_BLOCK;
  }

  /** A span, from reserved to held. */
  void takeReserved(int index) {
    held[index / Long.SIZE] |= 1L << index;
  }

  /** From free to held. */
  void take(int index) {
    long bit = 1L << index;
    int word = index / Long.SIZE;
    free[word] &= ~bit;
    held[word] |= bit;
    freeSpans--;
  }

  /** Held to in between; false if it is not held. */
  boolean beginRelease(int index) {
    long bit = 1L << index;
    int word = index / Long.SIZE;
    if ((held[word] & bit) == 0) {
      return false;
    }
    held[word] &= ~bit;
    return true;
  }

  /** {@link #beginRelease} of a run; false, and nothing changes: none is held there. */
  boolean beginReleaseOfRun(int index) {
    long bits = ((1L << RegionPool.SPANS_PER_RUN) - 1) << index;
    int word = index / Long.SIZE;
    if (index % RegionPool.SPANS_PER_RUN != 0 || (held[word] & bits) != bits) {
      return false;
    }
    held[word] &= ~bits;
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

package dev.tmem.memory;

import java.util.Arrays;

/**
 * Spans, or runs of them, that were given up and are resident still. The one that came last is used
 * first, so those at the bottom are the ones that nobody has needed for longest. Confined to the
 * lock of its pool.
 */
final class KeptSpans {

  /** Of the limit, what may be kept at the most: 1/8; and never more than that. */
  private static final int SHARE_SHIFT = 3;

  private static final long MOST_BYTES = 256L << 20;

  /** Of the limit, what stays free of kept spans and of charged ones: 1/16. */
  private static final int MARGIN_SHIFT = 4;

  private static final int FIRST_LENGTH = 64;

  private final int bytesEach;

  private int[] spans = new int[FIRST_LENGTH];
  private int count;

  /** The fewest there were since {@link #age}. */
  private int fewest;

  /**
   * @param spansEach 1, or those of a run, of which the first is named
   */
  KeptSpans(int spansEach) {
    this.bytesEach = spansEach * RegionPool.SPAN_BYTES;
  }

  int count() {
    return count;
  }

  long bytes() {
    return (long) count * bytesEach;
  }

  /**
   * Whether one more may be kept.
   *
   * @param used what is charged, that one included, and what is kept elsewhere
   * @param elsewhere what is kept elsewhere
   */
  boolean admits(long used, long elsewhere, long limit) {
    long most = Math.min(limit >> SHARE_SHIFT, MOST_BYTES);
    return bytes() + elsewhere + bytesEach <= most
        && used + bytes() + 2 * RegionPool.BLOCK_BYTES <= limit - (limit >> MARGIN_SHIFT);
  }

  /**
   * Whether there is one that has to go, since others have charged more or the limit is lower.
   *
   * @param used what is charged, and what is kept elsewhere
   */
  boolean isTooMuch(long used, long limit) {
    return count > 0 && used + bytes() > limit;
  }

  void push(int span) {
    if (count == spans.length) {
      spans = Arrays.copyOf(spans, 2 * count);
    }
    spans[count++] = span;
  }

  /** The one that came last; -1: there is none. */
  int pop() {
    if (count == 0) {
      return -1;
    }
    count--;
    fewest = Math.min(fewest, count);
    return spans[count];
  }

  /** The number of those that nobody has needed since the last call. */
  int age() {
    int idle = fewest;
    fewest = count;
    return idle;
  }

  /** The one that came first; -1: there is none. */
  int takeOldest() {
    if (count == 0) {
      return -1;
    }
    int oldest = spans[0];
    count--;
    System.arraycopy(spans, 1, spans, 0, count);
    fewest = Math.max(0, fewest - 1);
    return oldest;
  }

  void clear() {
    count = 0;
    fewest = 0;
  }
}

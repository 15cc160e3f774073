package dev.tmem.memory;

/**
 * One span cut into equal blocks, and which of them are free.
 *
 * <p>Invariant: {@code free} counts the bits set in {@code low} and {@code high}.
 *
 * <p>Confined to the lock of its {@link BlockClass}.
 */
final class BlockSpan {

  static final int NOT_LISTED = -1;

  final int span;

  /** Where it stands in the list of spans with some blocks free and some not. */
  int listed = NOT_LISTED;

  private long low;
  private long high;
  private int free;

  /**
   * @param blocks 1 to 128
   */
  BlockSpan(int span, int blocks) {
    this.span = span;
    this.low = ones(Math.min(blocks, Long.SIZE));
    this.high = ones(blocks - Math.min(blocks, Long.SIZE));
    this.free = blocks;
  }

  private static long ones(int count) {
    return count == 0 ? 0 : -1L >>> (Long.SIZE - count);
  }

  int free() {
    return free;
  }

  /** Takes the lowest free block. There must be one. */
  int take() {
    free--;
    if (low != 0) {
      int index = Long.numberOfTrailingZeros(low);
      low &= low - 1;
      return index;
    }
    int index = Long.numberOfTrailingZeros(high);
    high &= high - 1;
    return Long.SIZE + index;
  }

  /** False if it is free already. */
  boolean give(int index) {
    long bit = 1L << index; // the shift takes the low six bits
    boolean inLow = index < Long.SIZE;
    if (((inLow ? low : high) & bit) != 0) {
      return false;
    }
    if (inLow) {
      low |= bit;
    } else {
      high |= bit;
    }
    free++;
    return true;
  }
}

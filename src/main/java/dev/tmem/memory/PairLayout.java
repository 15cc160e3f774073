package dev.tmem.memory;

import java.lang.foreign.ValueLayout;

/**
 * A block of a {@link SortedTable}, in memory only, in the machine's own byte order.
 *
 * <pre>
 *    0       2                                      16
 *   +-------+----------------------------------------+
 *   | count | zero                                   |
 *   +-------+----------------------------------------+
 *   16 + 16 n                 n = 0, 1, ... count - 1
 *   +------------------------+-----------------------+
 *   | key                    | value                 |
 *   +------------------------+-----------------------+
 *   ...
 *   a small block has room for 31 pairs, a large one for 255
 * </pre>
 */
final class PairLayout {

  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** Pairs in use; they stand at the front, in ascending order of their keys. */
  static final int COUNT = 0;

  private static final int ZERO = COUNT + Short.BYTES;
  static final int FIRST_PAIR = ZERO + 14;

  static final int KEY = 0;
  static final int VALUE = KEY + Long.BYTES;
  static final int PAIR_BYTES = VALUE + Long.BYTES;

  static final int SMALL_PAIRS = (BlockPool.SMALL_BYTES - FIRST_PAIR) / PAIR_BYTES;
  static final int LARGE_PAIRS = (BlockPool.LARGE_BYTES - FIRST_PAIR) / PAIR_BYTES;

  private PairLayout() {}

  /** How far into its block the pair of that number is. */
  static long offset(int pair) {
    return FIRST_PAIR + (long) pair * PAIR_BYTES;
  }
}

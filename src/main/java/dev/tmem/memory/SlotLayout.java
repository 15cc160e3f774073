package dev.tmem.memory;

import java.lang.foreign.ValueLayout;

/**
 * A block of a {@link SlotTable}, in memory only, in the machine's own byte order.
 *
 * <pre>
 *    0       2       3                               8
 *   +-------+-------+-------------------------------+
 *   | count | depth | zero                          |
 *   +-------+-------+-------------------------------+
 *    8 + 24 n                        n = 0, 1, ... slots - 1
 *   +-----------------------------------------------+
 *   | key with its top bit turned over; 0: no slot  |
 *   +-----------------------------------------------+
 *   | word                                          |
 *   +-----------------------------------------------+
 *   | handle                                        |
 *   +-----------------------------------------------+
 *   ...
 *   a small block ends after slot 20; a large one has 8 spare bytes after slot 169
 * </pre>
 */
final class SlotLayout {

  static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  /** Slots in use. */
  static final int COUNT = 0;

  /** How many leading bits of their positions all slots of the block have in common. */
  static final int DEPTH = COUNT + Short.BYTES;

  private static final int ZERO = DEPTH + Byte.BYTES;
  static final int FIRST_SLOT = ZERO + 5;

  static final int KEY = 0;
  static final int WORD = KEY + Long.BYTES;
  static final int HANDLE = WORD + Long.BYTES;
  static final int SLOT_BYTES = HANDLE + Long.BYTES;

  static final int SMALL_SLOTS = (BlockPool.SMALL_BYTES - FIRST_SLOT) / SLOT_BYTES;
  static final int LARGE_SLOTS = (BlockPool.LARGE_BYTES - FIRST_SLOT) / SLOT_BYTES;

  /** Stands where no slot is, so that a zeroed block is an empty one. */
  static final long NO_KEY = 0;

  /** The key that cannot be kept: it would be stored as {@link #NO_KEY}. */
  static final long FORBIDDEN_KEY = Long.MIN_VALUE;

  private SlotLayout() {}

  /** A key as it is stored, and a stored one as it was. */
  static long flip(long key) {
    return key ^ FORBIDDEN_KEY;
  }
}

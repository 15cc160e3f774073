package dev.tmem.zram;

/**
 * What stands at the end of a place in debug mode, in the buffer's byte order.
 *
 * <pre>
 *   0               length            end - 16   end - 12   end - 8          end
 *  +---------------+-----------------+----------+----------+----------------+
 *  | zpage         | left over       | crc32c   | length   | mark           |
 *  +---------------+-----------------+----------+----------+----------------+
 *                                     int32      int32      int64
 * </pre>
 *
 * The checksum is that of the zpage; the mark is a constant, crossed with where the place lies.
 */
final class SealLayout {
  /** Offsets from the end of the place less {@link #BYTES}. */
  static final int CRC = 0;

  static final int LENGTH = CRC + Integer.BYTES;
  static final int MARK = LENGTH + Integer.BYTES;
  static final int BYTES = MARK + Long.BYTES;

  private static final long CONSTANT = 0x5EA1ED9A6EC0FFEEL;

  private SealLayout() {}

  static long mark(int span, int offset) {
    return CONSTANT ^ ((long) span << 32 | offset);
  }
}

package dev.tmem.ramster.protocol;

/**
 * The bytes before a zpage that is away from its owner: the same in a frame and in the lender's
 * pool, so that one can become the other without being taken apart. Big-endian.
 *
 * <pre>
 *   0         4         8                  16                          24      25
 *  +---------+---------+------------------+---------------------------+-------+------- - -
 *  | space   | CRC32C  | epoch            | original length-1 | offset | codec | zpage
 *  | int32   | int32   | int64            | 16 bits           | 48 bits| int8  |
 *  +---------+---------+------------------+---------------------------+-------+------- - -
 * </pre>
 */
public final class ZpageLayout {

  public static final int SPACE = 0;
  public static final int CRC = SPACE + Integer.BYTES;
  public static final int EPOCH = CRC + Integer.BYTES;
  public static final int PLACE = EPOCH + Long.BYTES;
  public static final int CODEC = PLACE + Long.BYTES;
  public static final int HEAD_BYTES = CODEC + Byte.BYTES;

  /** Most bytes of a zpage, and of a page. */
  public static final int LENGTH_MAX = 65_536;

  private static final int OFFSET_BITS = 48;
  private static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;

  private ZpageLayout() {}

  /** Original length and offset in one word. */
  public static long place(long offset, int originalLength) {
    assert offset >= 0 && offset <= OFFSET_MASK : offset;
    assert originalLength >= 1 && originalLength <= LENGTH_MAX : originalLength;
    return (long) (originalLength - 1) << OFFSET_BITS | offset;
  }

  public static long offset(long place) {
    return place & OFFSET_MASK;
  }

  public static int originalLength(long place) {
    return (int) (place >>> OFFSET_BITS) + 1;
  }
}

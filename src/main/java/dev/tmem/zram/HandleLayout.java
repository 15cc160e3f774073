package dev.tmem.zram;

/**
 * The handle of an object: where it lies and how long it is, so that reading it needs nothing else.
 *
 * <pre>
 *   63      54 53                    30 29           16 15                  0
 *  +----------+------------------------+---------------+---------------------+
 *  |    0     |          span          |  offset / 16  |     length - 1      |
 *  +----------+------------------------+---------------+---------------------+
 *      10               24                    14                  16
 * </pre>
 *
 * The size class is not in it: the record of the span knows. In a run of spans it is the first one
 * that the handle names, and the offset counts from there.
 */
final class HandleLayout {
  static final int LENGTH_BITS = 16;
  static final int OFFSET_BITS = 14;
  static final int SPAN_BITS = 24;

  static final int LENGTH_SHIFT = 0;
  static final int OFFSET_SHIFT = LENGTH_SHIFT + LENGTH_BITS;
  static final int SPAN_SHIFT = OFFSET_SHIFT + OFFSET_BITS;
  static final int END_SHIFT = SPAN_SHIFT + SPAN_BITS;

  /** Objects begin at multiples of this many bytes. */
  static final int GRAIN_BYTES = 16;

  static final int MAX_LENGTH = 1 << LENGTH_BITS;
  static final int MAX_OFFSET = ((1 << OFFSET_BITS) - 1) * GRAIN_BYTES;
  static final int MAX_SPAN = (1 << SPAN_BITS) - 1;

  private HandleLayout() {}

  static long pack(int span, int offset, int length) {
    assert span >= 0 && span <= MAX_SPAN : span;
    assert offset >= 0 && offset <= MAX_OFFSET && offset % GRAIN_BYTES == 0 : offset;
    assert length >= 1 && length <= MAX_LENGTH : length;
    return (long) span << SPAN_SHIFT
        | (long) (offset / GRAIN_BYTES) << OFFSET_SHIFT
        | (long) (length - 1) << LENGTH_SHIFT;
  }

  /** Whether the bits that are always 0 are. */
  static boolean isWellFormed(long handle) {
    return handle >>> END_SHIFT == 0;
  }

  static int span(long handle) {
    return (int) (handle >>> SPAN_SHIFT) & MAX_SPAN;
  }

  /** Whether both are of one span, by all bits above the offset. */
  static boolean isSameSpan(long handle, long other) {
    return (handle ^ other) >>> SPAN_SHIFT == 0;
  }

  static int offset(long handle) {
    return ((int) (handle >>> OFFSET_SHIFT) & ((1 << OFFSET_BITS) - 1)) * GRAIN_BYTES;
  }

  static int length(long handle) {
    return ((int) (handle >>> LENGTH_SHIFT) & (MAX_LENGTH - 1)) + 1;
  }

  static String describe(long handle) {
    return isWellFormed(handle)
        ? "span " + span(handle) + " offset " + offset(handle) + " length " + length(handle)
        : "0x" + Long.toHexString(handle);
  }
}

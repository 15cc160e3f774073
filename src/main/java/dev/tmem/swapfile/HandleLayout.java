package dev.tmem.swapfile;

/**
 * How a handle of this backend is packed. It says where a record lies and how much is to be read,
 * so that a load needs one read and no table on the heap.
 *
 * <pre>
 *  63 62     56 55                32 31           16 15            0
 * +--+---------+--------------------+---------------+---------------+
 * | 0|  life   |      segment       |  offset / 64  |  length - 1   |
 * +--+---------+--------------------+---------------+---------------+
 *
 *  life     which use of the segment it is, modulo 128
 *  segment  index of the segment in the file
 *  offset   of the record from the beginning of its segment
 *  length   bytes of the payload, 1 to 65536
 * </pre>
 */
final class HandleLayout {

  static final int LENGTH_BITS = 16;
  static final int CELL_BITS = 16;
  static final int SEGMENT_BITS = 24;
  static final int LIFE_BITS = 7;

  static final int LENGTH_SHIFT = 0;
  static final int CELL_SHIFT = LENGTH_SHIFT + LENGTH_BITS;
  static final int SEGMENT_SHIFT = CELL_SHIFT + CELL_BITS;
  static final int LIFE_SHIFT = SEGMENT_SHIFT + SEGMENT_BITS;

  static final int MAX_LENGTH = 1 << LENGTH_BITS;
  static final int MAX_CELL = (1 << CELL_BITS) - 1;
  static final int MAX_SEGMENT = (1 << SEGMENT_BITS) - 1;
  static final int MAX_LIFE = (1 << LIFE_BITS) - 1;

  private HandleLayout() {}

  static long pack(int life, int segment, int offset, int length) {
    assert life >= 0 && life <= MAX_LIFE : life;
    assert segment >= 0 && segment <= MAX_SEGMENT : segment;
    assert offset >= 0 && offset % RecordLayout.ALIGNMENT == 0 : offset;
    assert offset / RecordLayout.ALIGNMENT <= MAX_CELL : offset;
    assert length >= 1 && length <= MAX_LENGTH : length;
    return (long) life << LIFE_SHIFT
        | (long) segment << SEGMENT_SHIFT
        | (long) (offset / RecordLayout.ALIGNMENT) << CELL_SHIFT
        | (length - 1);
  }

  static int life(long handle) {
    return (int) (handle >>> LIFE_SHIFT) & MAX_LIFE;
  }

  static int segment(long handle) {
    return (int) (handle >>> SEGMENT_SHIFT) & MAX_SEGMENT;
  }

  /** The record's place in units of {@link RecordLayout#ALIGNMENT}. */
  static int cell(long handle) {
    return (int) (handle >>> CELL_SHIFT) & MAX_CELL;
  }

  static int offset(long handle) {
    return cell(handle) * RecordLayout.ALIGNMENT;
  }

  static int length(long handle) {
    return (int) (handle & (MAX_LENGTH - 1)) + 1;
  }

  /** Segment and offset as one number: sorts handles in the order in which they lie. */
  static long place(long handle) {
    return handle >>> CELL_SHIFT & ((1L << (SEGMENT_BITS + CELL_BITS)) - 1);
  }
}

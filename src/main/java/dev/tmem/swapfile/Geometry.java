package dev.tmem.swapfile;

/**
 * How a swap file is divided, and how much of it pages may fill. Immutable.
 *
 * @param segmentBytes a power of two, the same for every segment
 */
record Geometry(int segmentBytes, int segments) {

  static final int SEGMENT_BYTES = 4 << 20;

  /** With fewer, the reserve would be most of the file. */
  static final int MIN_SEGMENTS = 8;

  static final int MAX_SEGMENTS = HandleLayout.MAX_SEGMENT + 1;

  /**
   * Segments that only the cleaner may begin. One takes everything that lives in any segment it
   * empties; the second makes up for copies that turned out to be in vain.
   */
  static final int RESERVE_SEGMENTS = 2;

  /**
   * Of the room that is neither reserve nor at the ragged end of a segment, pages may fill 15/16.
   */
  private static final int FILL_PARTS = 16;

  /** As many whole segments as fit into a file of that size beside its header. */
  static Geometry of(long fileBytes, int segmentBytes) {
    long segments = Math.max(0, fileBytes - HeaderLayout.HEADER_BYTES) / segmentBytes;
    return new Geometry(segmentBytes, (int) Math.min(segments, Integer.MAX_VALUE));
  }

  static long minFileBytes(int segmentBytes) {
    return new Geometry(segmentBytes, MIN_SEGMENTS).fileBytes();
  }

  static long maxFileBytes(int segmentBytes) {
    return new Geometry(segmentBytes, MAX_SEGMENTS).fileBytes();
  }

  long fileBytes() {
    return base(segments);
  }

  /** Where a segment begins in the file. */
  long base(int segment) {
    return HeaderLayout.HEADER_BYTES + (long) segment * segmentBytes;
  }

  /** Bytes of records that surely fit into a segment, whatever their sizes. */
  int sureBytes() {
    return segmentBytes - SegmentLayout.HEADER_BYTES - RecordLayout.MAX_RECORD;
  }

  /**
   * The most bytes of records that may live at once. When puts have used all but the reserve, at
   * least {@code segments - reserve - 1} segments are sealed, so the emptiest of them holds at most
   * 15/16 of {@link #sureBytes}: cleaning it always gains.
   */
  long liveLimit() {
    long usable = (long) (segments - RESERVE_SEGMENTS - 1) * sureBytes();
    return usable / FILL_PARTS * (FILL_PARTS - 1);
  }
}

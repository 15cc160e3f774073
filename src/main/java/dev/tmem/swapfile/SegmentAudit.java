package dev.tmem.swapfile;

/**
 * What the segments themselves say of what they hold, against what is counted: the invariants of
 * {@link SegmentTable}, under whose lock it is made. Immutable.
 *
 * @param bytes of living records
 * @param records living
 * @param free segments that hold nothing
 */
record SegmentAudit(long bytes, long records, int free) {

  static SegmentAudit of(Segment[] segments, FreeRing ring) {
    long bytes = 0;
    long records = 0;
    int free = 0;
    for (Segment segment : segments) {
      bytes += segment.liveBytes;
      records += segment.liveRecords();
      boolean empty = segment.liveBytes == 0;
      check(empty == (segment.liveRecords() == 0), "bytes and bits differ", segment.index);
      check(segment.state != Segment.State.FREE || empty, "free, not empty", segment.index);
      check(segment.state != Segment.State.SEALED || !empty, "sealed, empty", segment.index);
      free += segment.state == Segment.State.FREE ? 1 : 0;
    }
    ring.checkInvariants(segments);
    return new SegmentAudit(bytes, records, free);
  }

  void check(long countedBytes, long countedRecords, int inRing) {
    check(bytes == countedBytes, "bytes alive " + bytes + ", counted", countedBytes);
    check(records == countedRecords, "records " + records + ", counted", countedRecords);
    check(free == inRing, "free segments " + free + ", in the ring", inRing);
  }

  static void check(boolean holds, String what, long value) {
    if (!holds) {
      throw new AssertionError(what + ": " + value);
    }
  }
}

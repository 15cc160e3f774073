package dev.tmem.swapfile;

import java.nio.ByteBuffer;

/**
 * The entries of a list that is being made, or waits to be written: what {@link ListLayout} says of
 * one segment. Confined to the writer thread; the buffer is reserved for it.
 *
 * <p>Invariant: {@code [0, committed)} of the entries are of records that are written, the rest, up
 * to {@code count}, of records that wait for the next write.
 */
final class SegmentList {

  private final ByteBuffer entries;
  private final int most;
  private int count;
  private int committed;

  int segment;
  long generation;

  /** Bytes of the segment that count. */
  int end;

  /**
   * @param entries of {@link #bytes}
   */
  SegmentList(ByteBuffer entries) {
    this.entries = entries;
    this.most = entries.capacity() / ListLayout.ENTRY_BYTES;
  }

  /** Bytes of the buffer that one needs. */
  static int bytes(int segmentBytes) {
    return ListLayout.maxEntries(segmentBytes) * ListLayout.ENTRY_BYTES;
  }

  void begin(int index, long ofGeneration) {
    segment = index;
    generation = ofGeneration;
    end = 0;
    count = 0;
    committed = 0;
  }

  boolean isFull() {
    return count == most;
  }

  void add(byte kind, int space, long offset, long epoch, int cell) {
    ListLayout.encodeEntry(
        entries, count++ * ListLayout.ENTRY_BYTES, kind, space, offset, epoch, cell);
  }

  /** The records added are written. */
  void commit(int newEnd) {
    committed = count;
    end = newEnd;
  }

  /** The records added since the last commit are not written. */
  void rollback() {
    count = committed;
  }

  int count() {
    return count;
  }

  /**
   * Writes the payload of one part.
   *
   * @return its bytes
   */
  int encode(ByteBuffer into, int at, int part) {
    int from = part * ListLayout.MAX_ENTRIES;
    int parts = ListLayout.parts(count);
    ListLayout.encodeHead(into, at, segment, end, generation, part, parts);
    int bytes = ListLayout.partBytes(count, part) - ListLayout.ENTRIES_AT;
    into.put(at + ListLayout.ENTRIES_AT, entries, from * ListLayout.ENTRY_BYTES, bytes);
    return ListLayout.ENTRIES_AT + bytes;
  }
}

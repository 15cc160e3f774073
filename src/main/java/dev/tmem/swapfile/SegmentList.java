package dev.tmem.swapfile;

import java.nio.ByteBuffer;

/**
 * The entries of a list that is being made, or waits to be written: what {@link ListLayout} says of
 * one segment. Confined to the writer thread; the buffer is reserved for it.
 *
 * <p>Invariant: {@code [0, committed)} of the entries are of records that are written, the rest, up
 * to {@code count}, of records that wait for the next write; {@code [0, named)} have been repeated
 * in the segment itself, {@code named <= committed}.
 */
final class SegmentList {

  /** Bytes between the header of a record and what names it, at least: a sector, or a block. */
  private static final int NAMES_APART = 4096;

  private final ByteBuffer entries;
  private final int most;
  private int count;
  private int committed;
  private int named;

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
    named = 0;
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

  // ---- Names of what is written, for the segment itself

  /** Whether something that is written has to be repeated with the next write. */
  boolean hasUnnamed() {
    return named < committed;
  }

  /** Bytes of the records that repeat it. */
  int namesBytes() {
    int left = committed - named;
    int whole = left / ListLayout.MAX_NAMES;
    int rest = left % ListLayout.MAX_NAMES;
    return whole * RecordLayout.recordBytes(ListLayout.MAX_NAMES * ListLayout.ENTRY_BYTES)
        + (rest == 0 ? 0 : RecordLayout.recordBytes(rest * ListLayout.ENTRY_BYTES));
  }

  /**
   * Repeats it, as much as goes into one record.
   *
   * @param part 0 for the first record, and so on
   * @return bytes of the payload; 0: the one before was the last
   */
  int name(ByteBuffer into, int at, int part) {
    int from = Math.min(committed, named + part * ListLayout.MAX_NAMES);
    int bytes = Math.min(committed - from, ListLayout.MAX_NAMES) * ListLayout.ENTRY_BYTES;
    if (bytes > 0) { // else the place may lie behind the end of the buffer
      into.put(at, entries, from * ListLayout.ENTRY_BYTES, bytes);
    }
    return bytes;
  }

  /**
   * All has been repeated up to a place. What lies close to that is repeated once more: one fault
   * of the disk must not take a record and its name.
   */
  void namedBefore(int place) {
    while (hasUnnamed() && cell(named) * RecordLayout.ALIGNMENT + NAMES_APART <= place) {
      named++;
    }
  }

  /** As {@link #namedBefore}, in the life before, which had repeated what begins up to a cell. */
  void namedBefore(int place, int lastCell) {
    namedBefore(Math.min(place, lastCell * RecordLayout.ALIGNMENT + NAMES_APART));
  }

  private int cell(int entry) {
    return Short.toUnsignedInt(
        entries.getShort(entry * ListLayout.ENTRY_BYTES + ListLayout.CELL_AT));
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

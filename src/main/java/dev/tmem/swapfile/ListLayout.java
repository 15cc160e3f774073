package dev.tmem.swapfile;

import java.nio.ByteBuffer;

/**
 * The payload of a list: which durable pages and tombstones one segment held when it was sealed, or
 * a part of them. Big-endian. It lies in another segment than the one it tells of, so that a page
 * whose newest record is damaged is known to be lost, and never replaced by an older record.
 *
 * <pre>
 *   0 +---------------------------------------+
 *     | segment                           int |  the one it tells of
 *   4 | end                               int |  bytes of it that count; what lies behind does not
 *   8 | generation                       long |  of that use of it
 *  16 | part int | parts                  int |  of the list: 0, 1, ...; how many there are
 *  24 | entries, 24 bytes each                |
 *     +---------------------------------------+
 *
 *   0 +---------------------------------------+
 *     | space                             int |
 *   4 | kind byte | 0 byte | cell       short |  of the record; where it begins, in units of 64
 *   8 | offset                           long |
 *  16 | epoch                            long |
 *  24 +---------------------------------------+
 * </pre>
 */
final class ListLayout {

  static final int SEGMENT_AT = 0;
  static final int END_AT = SEGMENT_AT + Integer.BYTES;
  static final int GENERATION_AT = END_AT + Integer.BYTES;
  static final int PART_AT = GENERATION_AT + Long.BYTES;
  static final int PARTS_AT = PART_AT + Integer.BYTES;
  static final int ENTRIES_AT = PARTS_AT + Integer.BYTES;

  static final int SPACE_AT = 0;
  static final int KIND_AT = SPACE_AT + Integer.BYTES;
  static final int ZERO_AT = KIND_AT + Byte.BYTES;
  static final int CELL_AT = ZERO_AT + Byte.BYTES;
  static final int OFFSET_AT = CELL_AT + Short.BYTES;
  static final int EPOCH_AT = OFFSET_AT + Long.BYTES;
  static final int ENTRY_BYTES = EPOCH_AT + Long.BYTES;

  /** Entries of one part. */
  static final int MAX_ENTRIES = (RecordLayout.MAX_PAYLOAD - ENTRIES_AT) / ENTRY_BYTES;

  /** Entries of one record of names. */
  static final int MAX_NAMES = RecordLayout.MAX_PAYLOAD / ENTRY_BYTES;

  /**
   * A segment has one record to list for so many of its bytes, at the most, and is sealed when it
   * has them: its list is to leave room in the next.
   */
  private static final int BYTES_PER_ENTRY = 256;

  private ListLayout() {}

  /** Entries of a whole list. */
  static int maxEntries(int segmentBytes) {
    return segmentBytes / BYTES_PER_ENTRY;
  }

  static int parts(int entries) {
    return Math.max(1, (entries + MAX_ENTRIES - 1) / MAX_ENTRIES);
  }

  /** Bytes of the payload of one part. */
  static int partBytes(int entries, int part) {
    int inPart = Math.min(MAX_ENTRIES, entries - part * MAX_ENTRIES);
    return ENTRIES_AT + Math.max(0, inPart) * ENTRY_BYTES;
  }

  /** Writes the head of a part; its entries follow. */
  static void encodeHead(
      ByteBuffer into, int at, int segment, int end, long generation, int part, int parts) {
    into.putInt(at + SEGMENT_AT, segment);
    into.putInt(at + END_AT, end);
    into.putLong(at + GENERATION_AT, generation);
    into.putInt(at + PART_AT, part);
    into.putInt(at + PARTS_AT, parts);
  }

  /** Writes one entry. */
  static void encodeEntry(
      ByteBuffer into, int at, byte kind, int space, long offset, long epoch, int cell) {
    into.putInt(at + SPACE_AT, space);
    into.put(at + KIND_AT, kind);
    into.put(at + ZERO_AT, (byte) 0);
    into.putShort(at + CELL_AT, (short) cell);
    into.putLong(at + OFFSET_AT, offset);
    into.putLong(at + EPOCH_AT, epoch);
  }

  /** Whether a payload can be a part of a list, by its length and the numbers in its head. */
  static boolean possible(ByteBuffer from, int at, int length) {
    int segment = from.getInt(at + SEGMENT_AT);
    int end = from.getInt(at + END_AT);
    int part = from.getInt(at + PART_AT);
    int parts = from.getInt(at + PARTS_AT);
    return length >= ENTRIES_AT
        && (length - ENTRIES_AT) % ENTRY_BYTES == 0
        && segment >= 0
        && end >= 0
        && part >= 0
        && part < parts;
  }
}

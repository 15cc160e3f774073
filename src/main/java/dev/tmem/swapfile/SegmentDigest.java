package dev.tmem.swapfile;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the records of a segment say, from the first one on, as long as one lies behind the other
 * and is whole; in words that can be offered to {@link RecoveredPages}. So whoever gathers that
 * touches some tens of KiB, and not the whole segment. Confined to one thread at a time: first it
 * is filled, then it is looked at.
 *
 * <p>Invariant: {@code keys}, {@code words} and {@code handles} of {@code [0, count)} are in the
 * order in which the records lie.
 */
final class SegmentDigest {

  /** A list, or a part of one. Immutable but for its bytes, which belong to whoever gets it. */
  record ListPart(ByteBuffer payload, long handle) {}

  private static final int FIRST_SIZE = 2048;

  private final int life;
  private final int segment;
  private final FoundAreas areas;

  private long[] keys = new long[FIRST_SIZE];
  private long[] words = new long[FIRST_SIZE];
  private long[] handles = new long[FIRST_SIZE];
  private int count;

  private final List<ListPart> lists = new ArrayList<>();

  /** One bit for each cell in which a record begins. */
  private final long[] begins;

  private int end = SegmentLayout.HEADER_BYTES;

  /** The area of the record before. */
  private int area = FoundAreas.NONE;

  SegmentDigest(int segment, int life, int segmentBytes, FoundAreas areas) {
    this.segment = segment;
    this.life = life;
    this.areas = areas;
    begins = new long[Segment.liveWords(segmentBytes)];
  }

  /**
   * Takes the next record, which is whole.
   *
   * @param at where it lies in the buffer
   */
  void add(ByteBuffer from, int at) {
    int length = RecordCodec.payloadLength(from, at);
    byte recordKind = RecordCodec.kind(from, at);
    long handle = HandleLayout.pack(life, segment, end, length);
    int cell = end / RecordLayout.ALIGNMENT;
    begins[cell / Long.SIZE] |= 1L << cell;
    end += RecordLayout.recordBytes(length);
    int kind = FoundAreas.kind(recordKind);
    if (kind != 0) {
      page(from, at, kind, handle);
    } else if (recordKind == RecordLayout.KIND_LIST) {
      ByteBuffer payload = ByteBuffer.allocate(length);
      payload.put(0, from, at + RecordLayout.PAYLOAD_AT, length);
      lists.add(new ListPart(payload, handle));
    }
  }

  private void page(ByteBuffer from, int at, int kind, long handle) {
    long offset = from.getLong(at + RecordLayout.OFFSET_AT);
    area = areas.position(from.getInt(at + RecordLayout.SPACE_AT), area);
    if (area == FoundAreas.NONE || !FoundAreas.isPossible(offset, RecordCodec.epoch(from, at))) {
      return;
    }
    if (count == keys.length) {
      keys = Arrays.copyOf(keys, 2 * count);
      words = Arrays.copyOf(words, 2 * count);
      handles = Arrays.copyOf(handles, 2 * count);
    }
    keys[count] = RecoveredPages.key(area, offset);
    words[count] = areas.word(area, from, at, kind);
    handles[count++] = handle;
  }

  /** Where it ends: what lies there is no whole record. */
  int end() {
    return end;
  }

  /** Whether all that lies before a place is records of it. */
  boolean reaches(int place) {
    int cell = place / RecordLayout.ALIGNMENT;
    return place == end
        || (place >= SegmentLayout.HEADER_BYTES
            && place < end
            && place % RecordLayout.ALIGNMENT == 0
            && (begins[cell / Long.SIZE] & 1L << cell) != 0);
  }

  /** How many records begin before a place. */
  int recordsBefore(int place) {
    int cell = place / RecordLayout.ALIGNMENT;
    int records = 0;
    for (int i = 0; i < cell / Long.SIZE; i++) {
      records += Long.bitCount(begins[i]);
    }
    long rest = cell % Long.SIZE == 0 ? 0 : begins[cell / Long.SIZE] & (1L << cell) - 1;
    return records + Long.bitCount(rest);
  }

  List<ListPart> lists() {
    return lists;
  }

  /** Offers every record that names a page and begins before a place. */
  void offer(RecoveredPages into, int place) {
    for (int i = 0; i < count && HandleLayout.offset(handles[i]) < place; i++) {
      into.offer(keys[i], words[i], handles[i]);
    }
  }

  /**
   * Offers what a list names and no record here is. Both are in the order in which the records lie;
   * where they are not, more is offered than need be, which tells nothing new.
   */
  void compare(ByteBuffer entries, RecoveredPages into) {
    int cells = 0;
    for (int entry = 0; entry < entries.capacity(); entry += ListLayout.ENTRY_BYTES) {
      int cell = Short.toUnsignedInt(entries.getShort(entry + ListLayout.CELL_AT));
      while (cells < count && HandleLayout.cell(handles[cells]) < cell) {
        cells++;
      }
      if (cells == count
          || HandleLayout.cell(handles[cells]) != cell
          || !isOf(cells, entries, entry)) {
        areas.expect(into, entries, entry);
      }
    }
  }

  private boolean isOf(int number, ByteBuffer entries, int entry) {
    long word = words[number];
    long key = keys[number];
    int position = RecoveredPages.area(key);
    return areas.position(entries.getInt(entry + ListLayout.SPACE_AT), position) == position
        && entries.getLong(entry + ListLayout.OFFSET_AT) == RecoveredPages.offset(key)
        && entries.getLong(entry + ListLayout.EPOCH_AT) == RecoveredPages.epoch(word)
        && entries.get(entry + ListLayout.KIND_AT)
            == FoundAreas.recordKind(RecoveredPages.kind(word));
  }
}

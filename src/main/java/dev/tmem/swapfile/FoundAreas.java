package dev.tmem.swapfile;

import dev.tmem.backend.Codec;
import dev.tmem.backend.DurableArea;
import dev.tmem.backend.PageKey;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The durable areas whose pages are looked for, and how what a record says of a page is put into
 * the words of {@link RecoveredPages}. Immutable.
 */
final class FoundAreas {

  /** No area has that number: whatever a record says, it concerns nobody. */
  static final int NONE = -1;

  /** An area's position, by its number. */
  private final Map<Integer, Integer> positions = new HashMap<>();

  private final int[] numbers;
  private final int[] pageSizes;

  FoundAreas(List<DurableArea> areas) {
    numbers = new int[areas.size()];
    pageSizes = new int[areas.size()];
    for (int i = 0; i < areas.size(); i++) {
      numbers[i] = areas.get(i).number();
      pageSizes[i] = areas.get(i).pageSize();
      positions.put(numbers[i], i);
    }
  }

  /**
   * The position of an area.
   *
   * @param hint it is probably this one
   * @return or {@link #NONE}
   */
  int position(int number, int hint) {
    if (hint >= 0 && numbers[hint] == number) {
      return hint;
    }
    Integer position = positions.get(number);
    return position == null ? NONE : position;
  }

  /** Whether there can be such a page, and such a version of it. */
  static boolean isPossible(long offset, long epoch) {
    return offset >= 0
        && offset <= PageKey.MAX_OFFSET
        && epoch > 0
        && epoch <= RecoveredPages.MAX_EPOCH;
  }

  /**
   * What the header of a record says of its page; the area is there and the page is possible.
   *
   * @param kind of {@link RecoveredPages}
   */
  long word(int position, ByteBuffer from, int at, int kind) {
    boolean isShort = from.getInt(at + RecordLayout.ORIGINAL_LENGTH_AT) < pageSizes[position];
    Codec codec = Codec.of(from.get(at + RecordLayout.CODEC_AT));
    return RecoveredPages.word(RecordCodec.epoch(from, at), kind, codec, isShort);
  }

  /** Offers what a record says, if it concerns anybody. */
  void offer(RecoveredPages into, ByteBuffer from, int at, int kind, long handle) {
    int position = position(from.getInt(at + RecordLayout.SPACE_AT), NONE);
    long offset = from.getLong(at + RecordLayout.OFFSET_AT);
    if (position != NONE && isPossible(offset, RecordCodec.epoch(from, at))) {
      into.offer(RecoveredPages.key(position, offset), word(position, from, at, kind), handle);
    }
  }

  /** Offers that the entry of a list says that there was such a record, if it concerns anybody. */
  void expect(RecoveredPages into, ByteBuffer from, int entry) {
    int position = position(from.getInt(entry + ListLayout.SPACE_AT), NONE);
    long offset = from.getLong(entry + ListLayout.OFFSET_AT);
    long epoch = from.getLong(entry + ListLayout.EPOCH_AT);
    if (position != NONE && isPossible(offset, epoch)) {
      boolean tombstone = from.get(entry + ListLayout.KIND_AT) == RecordLayout.KIND_TOMBSTONE;
      int kind = tombstone ? RecoveredPages.EXPECTED_TOMBSTONE : RecoveredPages.EXPECTED_PAGE;
      into.offer(
          RecoveredPages.key(position, offset),
          RecoveredPages.word(epoch, kind, Codec.RAW, false),
          -1);
    }
  }

  /** Of {@link RecoveredPages}, for a record that is whole; 0: it names no page. */
  static int kind(byte recordKind) {
    return switch (recordKind) {
      case RecordLayout.KIND_DURABLE -> RecoveredPages.PAGE;
      case RecordLayout.KIND_TOMBSTONE -> RecoveredPages.TOMBSTONE;
      case RecordLayout.KIND_LOST -> RecoveredPages.LOST;
      default -> 0;
    };
  }

  /** The other way round. */
  static byte recordKind(int kind) {
    return switch (kind) {
      case RecoveredPages.PAGE -> RecordLayout.KIND_DURABLE;
      case RecoveredPages.TOMBSTONE -> RecordLayout.KIND_TOMBSTONE;
      default -> RecordLayout.KIND_LOST;
    };
  }
}

package dev.tmem.swapfile;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes records into buffers and reads them from there. Confined to one thread, together with the
 * buffers it is given: their position and limit are changed.
 */
final class RecordCodec {

  private static final byte[] ZEROS = new byte[RecordLayout.ALIGNMENT];

  private final CRC32C crc = new CRC32C();

  /** Takes the bytes that a checksum is of: of memory off the heap it costs more than the copy. */
  private final byte[] header = new byte[RecordLayout.HEADER_CRC_AT];

  /**
   * Writes a zpage as a record. Its own checksum goes in, so damage since it was made shows.
   *
   * @param kind {@link RecordLayout#KIND_PAGE} or {@link RecordLayout#KIND_DURABLE}
   * @param synced bytes of the segment that are on stable storage
   * @return bytes of the record
   */
  int encode(ByteBuffer into, int at, long seed, byte kind, int synced, Zpage zpage) {
    PageKey key = zpage.key();
    begin(into, at, kind, zpage.codec(), synced, key.space(), key.offset(), zpage.epoch());
    into.putInt(at + RecordLayout.ORIGINAL_LENGTH_AT, zpage.originalLength());
    into.put(at + RecordLayout.PAYLOAD_AT, zpage.bytes(), 0, zpage.length());
    return end(into, at, seed, zpage.length(), zpage.crc());
  }

  /**
   * Writes what says that a page was invalidated, or is lost.
   *
   * @param kind {@link RecordLayout#KIND_TOMBSTONE} or {@link RecordLayout#KIND_LOST}
   * @param born generation it is first written in
   * @return bytes of the record
   */
  int encodeMark(
      ByteBuffer into,
      int at,
      long seed,
      byte kind,
      int synced,
      PageKey key,
      long epoch,
      long born) {
    begin(into, at, kind, Codec.RAW, synced, key.space(), key.offset(), epoch);
    into.putLong(at + RecordLayout.PAYLOAD_AT, born);
    return end(
        into, at, seed, RecordLayout.BORN_BYTES, checksum(into, at, RecordLayout.BORN_BYTES));
  }

  /**
   * Makes a record of a part of a list that has been written in its payload's place.
   *
   * @return bytes of the record
   */
  int encodeList(ByteBuffer into, int at, long seed, int synced, int payloadLength) {
    int payload = at + RecordLayout.PAYLOAD_AT;
    int segment = into.getInt(payload + ListLayout.SEGMENT_AT);
    long generation = into.getLong(payload + ListLayout.GENERATION_AT);
    begin(into, at, RecordLayout.KIND_LIST, Codec.RAW, synced, 0, segment, generation);
    return end(into, at, seed, payloadLength, checksum(into, at, payloadLength));
  }

  /**
   * Makes a record of names that have been written in its payload's place.
   *
   * @param segment it lies in, and in which use of it
   * @return bytes of the record
   */
  int encodeNames(
      ByteBuffer into,
      int at,
      long seed,
      int synced,
      int segment,
      long generation,
      int payloadLength) {
    begin(into, at, RecordLayout.KIND_NAMES, Codec.RAW, synced, 0, segment, generation);
    return end(into, at, seed, payloadLength, checksum(into, at, payloadLength));
  }

  private static void begin(
      ByteBuffer into,
      int at,
      byte kind,
      Codec codec,
      int synced,
      int space,
      long offset,
      long epoch) {
    into.putInt(at + RecordLayout.MAGIC_AT, RecordLayout.MAGIC);
    into.put(at + RecordLayout.KIND_AT, kind);
    into.put(at + RecordLayout.CODEC_AT, codec.number());
    into.putShort(at + RecordLayout.SYNCED_AT, cells(synced));
    into.putInt(at + RecordLayout.SPACE_AT, space);
    into.putLong(at + RecordLayout.OFFSET_AT, offset);
    into.putLong(at + RecordLayout.EPOCH_AT, epoch);
    into.putInt(at + RecordLayout.ORIGINAL_LENGTH_AT, 1);
  }

  private static short cells(int bytes) {
    return (short) (bytes / RecordLayout.ALIGNMENT);
  }

  private int end(ByteBuffer into, int at, long seed, int payloadLength, int payloadCrc) {
    int recordBytes = RecordLayout.recordBytes(payloadLength);
    into.putInt(at + RecordLayout.RECORD_LENGTH_AT, recordBytes);
    into.putInt(at + RecordLayout.PAYLOAD_LENGTH_AT, payloadLength);
    into.putInt(at + RecordLayout.PAYLOAD_CRC_AT, payloadCrc ^ GenerationSeed.payload(seed));
    into.putInt(at + RecordLayout.HEADER_CRC_AT, headerChecksum(into, at, seed));
    int end = at + RecordLayout.PAYLOAD_AT + payloadLength;
    into.put(end, ZEROS, 0, at + recordBytes - end);
    return recordBytes;
  }

  /**
   * Writes a record that lies in another buffer anew, for another generation. The payload's
   * checksum is carried over, not made anew: what was damaged still shows.
   *
   * @param synced bytes of the segment written to that are on stable storage
   * @return bytes of the record
   */
  int copy(
      ByteBuffer into, int at, long seed, int synced, ByteBuffer from, int fromAt, long fromSeed) {
    int recordBytes = from.getInt(fromAt + RecordLayout.RECORD_LENGTH_AT);
    into.put(at, from, fromAt, recordBytes);
    int payloadCrc =
        from.getInt(fromAt + RecordLayout.PAYLOAD_CRC_AT)
            ^ GenerationSeed.payload(fromSeed)
            ^ GenerationSeed.payload(seed);
    into.putShort(at + RecordLayout.SYNCED_AT, cells(synced));
    into.putInt(at + RecordLayout.PAYLOAD_CRC_AT, payloadCrc);
    into.putInt(at + RecordLayout.HEADER_CRC_AT, headerChecksum(into, at, seed));
    return recordBytes;
  }

  /**
   * Whether the header of a record lies here, intact and of that generation.
   *
   * @param end where the bytes of the buffer end that may be looked at
   */
  boolean headerIntact(ByteBuffer from, int at, int end, long seed) {
    if (end - at < RecordLayout.PAYLOAD_AT
        || from.getInt(at + RecordLayout.MAGIC_AT) != RecordLayout.MAGIC
        || from.getInt(at + RecordLayout.HEADER_CRC_AT) != headerChecksum(from, at, seed)) {
      return false;
    }
    int length = payloadLength(from, at);
    int original = from.getInt(at + RecordLayout.ORIGINAL_LENGTH_AT);
    int codec = from.get(at + RecordLayout.CODEC_AT);
    return kindFits(from.get(at + RecordLayout.KIND_AT), length)
        && codec >= Codec.RAW.number()
        && codec <= Codec.SAME.number()
        && length >= 1
        && length <= RecordLayout.MAX_PAYLOAD
        && original >= 1
        && original <= RecordLayout.MAX_PAYLOAD
        && from.getInt(at + RecordLayout.RECORD_LENGTH_AT) == RecordLayout.recordBytes(length);
  }

  private static boolean kindFits(byte kind, int length) {
    return switch (kind) {
      case RecordLayout.KIND_PAGE, RecordLayout.KIND_DURABLE -> true;
      case RecordLayout.KIND_TOMBSTONE, RecordLayout.KIND_LOST -> length == RecordLayout.BORN_BYTES;
      case RecordLayout.KIND_LIST -> length >= ListLayout.ENTRIES_AT;
      case RecordLayout.KIND_NAMES -> length % ListLayout.ENTRY_BYTES == 0;
      default -> false;
    };
  }

  static byte kind(ByteBuffer from, int at) {
    return from.get(at + RecordLayout.KIND_AT);
  }

  static boolean isPage(byte kind) {
    return kind == RecordLayout.KIND_PAGE || kind == RecordLayout.KIND_DURABLE;
  }

  /** Bytes of the segment that were on stable storage when the record was written. */
  static int synced(ByteBuffer from, int at) {
    return (from.getShort(at + RecordLayout.SYNCED_AT) & 0xffff) * RecordLayout.ALIGNMENT;
  }

  /** Of a tombstone, or of what says that a page is lost. */
  static long born(ByteBuffer from, int at) {
    return from.getLong(at + RecordLayout.PAYLOAD_AT);
  }

  static int payloadLength(ByteBuffer from, int at) {
    return from.getInt(at + RecordLayout.PAYLOAD_LENGTH_AT);
  }

  /** The page that a record with an intact header names. */
  static PageKey key(ByteBuffer from, int at) {
    return new PageKey(
        from.getInt(at + RecordLayout.SPACE_AT), from.getLong(at + RecordLayout.OFFSET_AT));
  }

  static long epoch(ByteBuffer from, int at) {
    return from.getLong(at + RecordLayout.EPOCH_AT);
  }

  /** Whether a record with an intact header is of that version of that page. */
  static boolean names(ByteBuffer from, int at, PageRef ref) {
    return isPage(kind(from, at))
        && from.getInt(at + RecordLayout.SPACE_AT) == ref.key().space()
        && from.getLong(at + RecordLayout.OFFSET_AT) == ref.key().offset()
        && epoch(from, at) == ref.epoch()
        && payloadLength(from, at) == HandleLayout.length(ref.handle());
  }

  /** The zpage of a record with an intact header; null if its payload is damaged. */
  @Nullable Zpage zpage(ByteBuffer from, int at, long seed) {
    byte[] payload = new byte[payloadLength(from, at)];
    from.get(at + RecordLayout.PAYLOAD_AT, payload);
    crc.reset();
    crc.update(payload, 0, payload.length);
    int found = (int) crc.getValue();
    int written = from.getInt(at + RecordLayout.PAYLOAD_CRC_AT) ^ GenerationSeed.payload(seed);
    if (found != written) {
      return null;
    }
    return Zpage.arrived(
        key(from, at),
        epoch(from, at),
        Codec.of(from.get(at + RecordLayout.CODEC_AT)),
        from.getInt(at + RecordLayout.ORIGINAL_LENGTH_AT),
        payload,
        written);
  }

  /** Whether the payload of a record with an intact header is intact too. */
  boolean payloadIntact(ByteBuffer from, int at, long seed) {
    return from.getInt(at + RecordLayout.PAYLOAD_CRC_AT)
        == (checksum(from, at, payloadLength(from, at)) ^ GenerationSeed.payload(seed));
  }

  private int checksum(ByteBuffer buffer, int at, int payloadLength) {
    int payload = at + RecordLayout.PAYLOAD_AT;
    buffer.clear().position(payload).limit(payload + payloadLength);
    crc.reset();
    crc.update(buffer);
    buffer.clear();
    return (int) crc.getValue();
  }

  private int headerChecksum(ByteBuffer buffer, int at, long seed) {
    buffer.get(at, header);
    crc.reset();
    crc.update(header, 0, header.length);
    return (int) crc.getValue() ^ GenerationSeed.header(seed);
  }
}

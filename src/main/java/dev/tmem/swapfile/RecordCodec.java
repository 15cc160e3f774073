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

  /**
   * Writes a zpage as a record. Its own checksum goes in, so damage since it was made shows.
   *
   * @return bytes of the record
   */
  int encode(ByteBuffer into, int at, long seed, Zpage zpage) {
    int recordBytes = RecordLayout.recordBytes(zpage.length());
    into.putInt(at + RecordLayout.MAGIC_AT, RecordLayout.MAGIC);
    into.putInt(at + RecordLayout.RECORD_LENGTH_AT, recordBytes);
    into.put(at + RecordLayout.KIND_AT, RecordLayout.KIND_PAGE);
    into.put(at + RecordLayout.CODEC_AT, zpage.codec().number());
    into.putShort(at + RecordLayout.ZERO_AT, (short) 0);
    into.putInt(at + RecordLayout.SPACE_AT, zpage.key().space());
    into.putLong(at + RecordLayout.OFFSET_AT, zpage.key().offset());
    into.putLong(at + RecordLayout.EPOCH_AT, zpage.epoch());
    into.putInt(at + RecordLayout.ORIGINAL_LENGTH_AT, zpage.originalLength());
    into.putInt(at + RecordLayout.PAYLOAD_LENGTH_AT, zpage.length());
    into.putInt(at + RecordLayout.PAYLOAD_CRC_AT, zpage.crc() ^ GenerationSeed.payload(seed));
    into.putInt(at + RecordLayout.HEADER_CRC_AT, headerChecksum(into, at, seed));
    int end = at + RecordLayout.PAYLOAD_AT + zpage.length();
    into.put(at + RecordLayout.PAYLOAD_AT, zpage.bytes(), 0, zpage.length());
    into.put(end, ZEROS, 0, at + recordBytes - end);
    return recordBytes;
  }

  /**
   * Writes a record that lies in another buffer anew, for another generation. The payload's
   * checksum is carried over, not made anew: what was damaged still shows.
   *
   * @return bytes of the record
   */
  int copy(ByteBuffer into, int at, long seed, ByteBuffer from, int fromAt, long fromSeed) {
    int recordBytes = from.getInt(fromAt + RecordLayout.RECORD_LENGTH_AT);
    into.put(at, from, fromAt, recordBytes);
    int payloadCrc =
        from.getInt(fromAt + RecordLayout.PAYLOAD_CRC_AT)
            ^ GenerationSeed.payload(fromSeed)
            ^ GenerationSeed.payload(seed);
    into.putInt(at + RecordLayout.PAYLOAD_CRC_AT, payloadCrc);
    into.putInt(at + RecordLayout.HEADER_CRC_AT, headerChecksum(into, at, seed));
    return recordBytes;
  }

  /**
   * Whether the header of a page record lies here, intact and of that generation.
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
    return from.get(at + RecordLayout.KIND_AT) == RecordLayout.KIND_PAGE
        && codec >= Codec.RAW.number()
        && codec <= Codec.SAME.number()
        && length >= 1
        && length <= RecordLayout.MAX_PAYLOAD
        && original >= 1
        && original <= RecordLayout.MAX_PAYLOAD
        && from.getInt(at + RecordLayout.RECORD_LENGTH_AT) == RecordLayout.recordBytes(length);
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
    return from.getInt(at + RecordLayout.SPACE_AT) == ref.key().space()
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

  private int headerChecksum(ByteBuffer buffer, int at, long seed) {
    buffer.clear().position(at).limit(at + RecordLayout.HEADER_CRC_AT);
    crc.reset();
    crc.update(buffer);
    buffer.clear();
    return (int) crc.getValue() ^ GenerationSeed.header(seed);
  }
}

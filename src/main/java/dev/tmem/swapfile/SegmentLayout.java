package dev.tmem.swapfile;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The beginning of a segment. Big-endian; the first record follows it.
 *
 * <pre>
 *   0 +---------------------------------------+
 *     | magic "tmemSEGM"                 long |
 *   8 | format version                    int |
 *  12 | index of the segment              int |
 *  16 | generation                       long |  of this use of it; never used again in this file
 *  24 | previous generation              long |  of the segment filled before it; 0: none
 *  32 | UUID of the file             2 * long |
 *  48 | 0                     long, then int  |
 *  60 | CRC32C of bytes 0 to 59           int |
 *  64 +---------------------------------------+
 * </pre>
 */
final class SegmentLayout {

  static final long MAGIC = 0x746d656d5345474dL;

  static final int MAGIC_AT = 0;
  static final int VERSION_AT = MAGIC_AT + Long.BYTES;
  static final int INDEX_AT = VERSION_AT + Integer.BYTES;
  static final int GENERATION_AT = INDEX_AT + Integer.BYTES;
  static final int PREVIOUS_AT = GENERATION_AT + Long.BYTES;
  static final int UUID_AT = PREVIOUS_AT + Long.BYTES;
  static final int ZERO_AT = UUID_AT + 2 * Long.BYTES;
  static final int CRC_AT = ZERO_AT + Long.BYTES + Integer.BYTES;
  static final int HEADER_BYTES = CRC_AT + Integer.BYTES;

  private SegmentLayout() {}

  /** Writes the header at the beginning of the buffer, whose position and limit do not matter. */
  static void encode(ByteBuffer into, UUID file, int index, long generation, long previous) {
    into.putLong(MAGIC_AT, MAGIC);
    into.putInt(VERSION_AT, HeaderLayout.VERSION);
    into.putInt(INDEX_AT, index);
    into.putLong(GENERATION_AT, generation);
    into.putLong(PREVIOUS_AT, previous);
    into.putLong(UUID_AT, file.getMostSignificantBits());
    into.putLong(UUID_AT + Long.BYTES, file.getLeastSignificantBits());
    into.putLong(ZERO_AT, 0);
    into.putInt(ZERO_AT + Long.BYTES, 0);
    into.putInt(CRC_AT, checksum(into));
  }

  /**
   * @return the generation, or -1 if these bytes are not the intact header of that segment
   */
  static long generation(ByteBuffer from, UUID file, int index) {
    boolean ours =
        from.getLong(MAGIC_AT) == MAGIC
            && from.getInt(INDEX_AT) == index
            && from.getLong(UUID_AT) == file.getMostSignificantBits()
            && from.getLong(UUID_AT + Long.BYTES) == file.getLeastSignificantBits()
            && from.getInt(CRC_AT) == checksum(from);
    return ours ? from.getLong(GENERATION_AT) : -1;
  }

  private static int checksum(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(0, CRC_AT));
    return (int) crc.getValue();
  }
}

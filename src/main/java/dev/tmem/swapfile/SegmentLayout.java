package dev.tmem.swapfile;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The beginning of a segment: two equal copies of its header, at 0 and at 64. Big-endian; the first
 * record follows them.
 *
 * <pre>
 *   0 +---------------------------------------+
 *     | magic "tmemSEGM" or "tmemFREE"   long |
 *   8 | format version                    int |
 *  12 | index of the segment              int |
 *  16 | generation                       long |  of this use of it; never used again in this file
 *  24 | previous generation              long |  of the segment filled before it; 0: none
 *  32 | UUID of the file             2 * long |
 *  48 | 0                     long, then int  |
 *  60 | CRC32C of bytes 0 to 59           int |
 *  64 +---------------------------------------+
 * </pre>
 *
 * The second magic says that nothing in the segment counts any more.
 */
final class SegmentLayout {

  static final long MAGIC = 0x746d656d5345474dL;
  static final long FREE_MAGIC = 0x746d656d46524545L;

  static final int MAGIC_AT = 0;
  static final int VERSION_AT = MAGIC_AT + Long.BYTES;
  static final int INDEX_AT = VERSION_AT + Integer.BYTES;
  static final int GENERATION_AT = INDEX_AT + Integer.BYTES;
  static final int PREVIOUS_AT = GENERATION_AT + Long.BYTES;
  static final int UUID_AT = PREVIOUS_AT + Long.BYTES;
  static final int ZERO_AT = UUID_AT + 2 * Long.BYTES;
  static final int CRC_AT = ZERO_AT + Long.BYTES + Integer.BYTES;
  static final int COPY_BYTES = CRC_AT + Integer.BYTES;

  static final int COPIES = 2;
  static final int HEADER_BYTES = COPIES * COPY_BYTES;

  /** What {@link #generation} returns for a segment in which nothing counts. */
  static final long FREE = 0;

  /** What {@link #generation} returns if neither copy is intact. */
  static final long DAMAGED = -1;

  private SegmentLayout() {}

  /** Writes both copies at the beginning of the buffer, whose position and limit do not matter. */
  static void encode(ByteBuffer into, UUID file, int index, long generation, long previous) {
    encode(into, MAGIC, file, index, generation, previous);
  }

  /** As {@link #encode}, for a segment in which nothing counts any more. */
  static void encodeFree(ByteBuffer into, UUID file, int index, long generation) {
    encode(into, FREE_MAGIC, file, index, generation, 0);
  }

  private static void encode(
      ByteBuffer into, long magic, UUID file, int index, long generation, long previous) {
    for (int at = 0; at < HEADER_BYTES; at += COPY_BYTES) {
      into.putLong(at + MAGIC_AT, magic);
      into.putInt(at + VERSION_AT, HeaderLayout.VERSION);
      into.putInt(at + INDEX_AT, index);
      into.putLong(at + GENERATION_AT, generation);
      into.putLong(at + PREVIOUS_AT, previous);
      into.putLong(at + UUID_AT, file.getMostSignificantBits());
      into.putLong(at + UUID_AT + Long.BYTES, file.getLeastSignificantBits());
      into.putLong(at + ZERO_AT, 0);
      into.putInt(at + ZERO_AT + Long.BYTES, 0);
      into.putInt(at + CRC_AT, checksum(into, at));
    }
  }

  /**
   * @return the generation, {@link #FREE}, or {@link #DAMAGED} if neither copy is the intact header
   *     of that segment
   */
  static long generation(ByteBuffer from, UUID file, int index) {
    int copy = intactCopy(from, file, index);
    if (copy < 0) {
      return DAMAGED;
    }
    return from.getLong(copy + MAGIC_AT) == FREE_MAGIC ? FREE : from.getLong(copy + GENERATION_AT);
  }

  /** As {@link #generation}, but of a segment in which nothing counts that of its last use. */
  static long lastGeneration(ByteBuffer from, UUID file, int index) {
    int copy = intactCopy(from, file, index);
    return copy < 0 ? DAMAGED : from.getLong(copy + GENERATION_AT);
  }

  /** Where the first intact copy lies; -1: there is none. */
  private static int intactCopy(ByteBuffer from, UUID file, int index) {
    for (int at = 0; at < HEADER_BYTES; at += COPY_BYTES) {
      long magic = from.getLong(at + MAGIC_AT);
      boolean ours =
          (magic == MAGIC || magic == FREE_MAGIC)
              && from.getInt(at + INDEX_AT) == index
              && from.getLong(at + UUID_AT) == file.getMostSignificantBits()
              && from.getLong(at + UUID_AT + Long.BYTES) == file.getLeastSignificantBits()
              && from.getInt(at + CRC_AT) == checksum(from, at);
      if (ours) {
        return at;
      }
    }
    return -1;
  }

  private static int checksum(ByteBuffer header, int at) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(at, CRC_AT));
    return (int) crc.getValue();
  }
}

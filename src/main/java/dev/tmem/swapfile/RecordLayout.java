package dev.tmem.swapfile;

/**
 * A record of the log: a zpage, a tombstone, or what else is to be known at recovery. Big-endian;
 * begins at a multiple of {@link #ALIGNMENT} from the beginning of its segment; no record crosses
 * the end of its segment.
 *
 * <pre>
 *   0 +---------------------------------------+
 *     | magic "tmRC"                      int |
 *   4 | record length                     int |  header, payload and padding; a multiple of 64
 *   8 | kind byte | codec byte | synced short |  see below
 *  12 | space                             int |
 *  16 | offset of the page in its space  long |
 *  24 | epoch                            long |
 *  32 | original length                   int |  of the page, 1 to 65536
 *  36 | payload length                    int |  1 to 65536
 *  40 | payload checksum                  int |  CRC32C xor the low half of the seed
 *  44 | header checksum                   int |  CRC32C of bytes 0 to 43 xor the high half
 *  48 +---------------------------------------+
 *     | payload, then zeros                   |
 *     +---------------------------------------+
 * </pre>
 *
 * The seed is {@link GenerationSeed}'s, of the file and of the generation of the segment.
 *
 * <p>{@code synced} is how much of the segment, in units of {@link #ALIGNMENT}, was known to be on
 * stable storage when the record was written. So invalid bytes before that place are damage; those
 * that no later record claims were never finished.
 *
 * <pre>
 *   kind        space, offset, epoch       payload
 *   1 page      of the page                zpage; of no use after a restart
 *   2 durable   of the page                zpage
 *   3 tombstone of the page, invalidated   born: generation it was first written in   long
 *   4 lost      of the version lost        the same
 *   5 list      0, segment, generation     {@link ListLayout}: what a sealed segment holds
 *   6 names     0, segment, generation     {@link ListLayout}, entries alone: what was written
 *                                          before, to this segment
 * </pre>
 */
final class RecordLayout {

  static final int MAGIC = 0x746d5243;

  /** A page that nobody asks for after a restart. */
  static final byte KIND_PAGE = 1;

  /** A page of a durable area. */
  static final byte KIND_DURABLE = 2;

  /** A page of a durable area was invalidated. */
  static final byte KIND_TOMBSTONE = 3;

  /** A page of a durable area is known to be lost. */
  static final byte KIND_LOST = 4;

  /** What a sealed segment holds. */
  static final byte KIND_LIST = 5;

  /** What was written to the segment that it lies in, since the names before. */
  static final byte KIND_NAMES = 6;

  /** The payload of a tombstone, and of what says that a page is lost. */
  static final int BORN_BYTES = Long.BYTES;

  static final int MAGIC_AT = 0;
  static final int RECORD_LENGTH_AT = MAGIC_AT + Integer.BYTES;
  static final int KIND_AT = RECORD_LENGTH_AT + Integer.BYTES;
  static final int CODEC_AT = KIND_AT + Byte.BYTES;
  static final int SYNCED_AT = CODEC_AT + Byte.BYTES;
  static final int SPACE_AT = SYNCED_AT + Short.BYTES;
  static final int OFFSET_AT = SPACE_AT + Integer.BYTES;
  static final int EPOCH_AT = OFFSET_AT + Long.BYTES;
  static final int ORIGINAL_LENGTH_AT = EPOCH_AT + Long.BYTES;
  static final int PAYLOAD_LENGTH_AT = ORIGINAL_LENGTH_AT + Integer.BYTES;
  static final int PAYLOAD_CRC_AT = PAYLOAD_LENGTH_AT + Integer.BYTES;
  static final int HEADER_CRC_AT = PAYLOAD_CRC_AT + Integer.BYTES;
  static final int PAYLOAD_AT = HEADER_CRC_AT + Integer.BYTES;

  /**
   * Every record begins in a cell of this size and fills at least one, so that one bit for each
   * cell tells which records live.
   */
  static final int ALIGNMENT = 64;

  static final int MAX_PAYLOAD = HandleLayout.MAX_LENGTH;
  static final int MAX_RECORD = recordBytes(MAX_PAYLOAD);

  private RecordLayout() {}

  /** Bytes that a record takes in the log, padding included. */
  static int recordBytes(int payloadLength) {
    return (PAYLOAD_AT + payloadLength + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }
}

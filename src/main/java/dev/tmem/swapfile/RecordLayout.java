package dev.tmem.swapfile;

/**
 * A record of the log: one zpage. Big-endian; begins at a multiple of {@link #ALIGNMENT} from the
 * beginning of its segment; no record crosses the end of its segment.
 *
 * <pre>
 *   0 +---------------------------------------+
 *     | magic "tmRC"                      int |
 *   4 | record length                     int |  header, payload and padding; a multiple of 64
 *   8 | kind byte | codec byte | 0 short      |
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
 */
final class RecordLayout {

  static final int MAGIC = 0x746d5243;
  static final byte KIND_PAGE = 1;

  static final int MAGIC_AT = 0;
  static final int RECORD_LENGTH_AT = MAGIC_AT + Integer.BYTES;
  static final int KIND_AT = RECORD_LENGTH_AT + Integer.BYTES;
  static final int CODEC_AT = KIND_AT + Byte.BYTES;
  static final int ZERO_AT = CODEC_AT + Byte.BYTES;
  static final int SPACE_AT = ZERO_AT + Short.BYTES;
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

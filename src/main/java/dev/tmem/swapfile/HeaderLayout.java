package dev.tmem.swapfile;

/**
 * The header of a swap file: two copies of one block, at 0 and at 4096, the second written only
 * when the first is on stable storage; then two copies of the catalogue of durable areas ({@link
 * CatalogueLayout}); the segments follow. Big-endian. Magic, version and checksum stay where they
 * are in every version of the format.
 *
 * <pre>
 *    0 +---------------------------------------+
 *      | magic "tmemSWAP"                 long |
 *    8 | format version                    int |
 *   12 | bytes of a segment                int |
 *   16 | number of segments                int |
 *   20 | bytes of the node's name          int |
 *   24 | UUID of the file             2 * long |
 *   40 | generation floor                 long |  lower ones may have been used; what
 *      |                                       |  carries one is empty, or was written before
 *   48 | serial                           long |  grows with every write; the higher copy counts
 *   56 | node's name, UTF-8          128 bytes |
 *  184 | zeros                                 |
 * 4092 | CRC32C of bytes 0 to 4091         int |
 * 4096 +---------------------------------------+
 * </pre>
 */
final class HeaderLayout {

  static final long MAGIC = 0x746d656d53574150L;
  static final int VERSION = 3;

  static final int MAGIC_AT = 0;
  static final int VERSION_AT = MAGIC_AT + Long.BYTES;
  static final int SEGMENT_BYTES_AT = VERSION_AT + Integer.BYTES;
  static final int SEGMENTS_AT = SEGMENT_BYTES_AT + Integer.BYTES;
  static final int NODE_LENGTH_AT = SEGMENTS_AT + Integer.BYTES;
  static final int UUID_AT = NODE_LENGTH_AT + Integer.BYTES;
  static final int GENERATION_FLOOR_AT = UUID_AT + 2 * Long.BYTES;
  static final int SERIAL_AT = GENERATION_FLOOR_AT + Long.BYTES;
  static final int NODE_AT = SERIAL_AT + Long.BYTES;
  static final int MAX_NODE_BYTES = 128;
  static final int BLOCK_BYTES = 4096;
  static final int CRC_AT = BLOCK_BYTES - Integer.BYTES;

  static final int COPIES = 2;

  /** Where the catalogue begins. */
  static final int BLOCKS_BYTES = COPIES * BLOCK_BYTES;

  /** Everything before the first segment. */
  static final int HEADER_BYTES =
      BLOCKS_BYTES + CatalogueLayout.COPIES * CatalogueLayout.COPY_BYTES;

  private HeaderLayout() {}
}

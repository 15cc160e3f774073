package dev.tmem.swapfile;

/**
 * The catalogue of the durable areas in a file: two copies behind the header blocks, the second
 * written only when the first is on stable storage. Big-endian.
 *
 * <pre>
 *   0 +---------------------------------------+
 *     | magic "tmemCATL"                 long |
 *   8 | serial                           long |  grows with every write; the higher copy counts
 *  16 | first generation                 long |  lower ones hold nothing durable
 *  24 | next number                       int |  for an area: this and higher ones were never used
 *  28 | state                             int |  1: closed in good order, every record is whole
 *  32 | areas                             int |
 *  36 | bytes of the entries              int |
 *  40 | CRC32C of bytes 0 to 39           int |
 *     |   and of the entries                  |
 *  44 | entries                               |
 *     +---------------------------------------+
 *
 *   0 +---------------------------------------+
 *     | number of the area                int |
 *   4 | page size                         int |
 *   8 | fsync, in milliseconds; 0: always long |
 *  16 | bytes of the name int, of JSON    int |
 *  24 | name, options as JSON; both UTF-8     |
 *     +---------------------------------------+
 * </pre>
 */
final class CatalogueLayout {

  static final long MAGIC = 0x746d656d4341544cL;

  static final int MAGIC_AT = 0;
  static final int SERIAL_AT = MAGIC_AT + Long.BYTES;
  static final int FIRST_GENERATION_AT = SERIAL_AT + Long.BYTES;
  static final int NEXT_NUMBER_AT = FIRST_GENERATION_AT + Long.BYTES;
  static final int STATE_AT = NEXT_NUMBER_AT + Integer.BYTES;
  static final int AREAS_AT = STATE_AT + Integer.BYTES;
  static final int ENTRIES_BYTES_AT = AREAS_AT + Integer.BYTES;
  static final int CRC_AT = ENTRIES_BYTES_AT + Integer.BYTES;
  static final int ENTRIES_AT = CRC_AT + Integer.BYTES;

  static final int NUMBER_AT = 0;
  static final int PAGE_SIZE_AT = NUMBER_AT + Integer.BYTES;
  static final int FSYNC_AT = PAGE_SIZE_AT + Integer.BYTES;
  static final int NAME_LENGTH_AT = FSYNC_AT + Long.BYTES;
  static final int JSON_LENGTH_AT = NAME_LENGTH_AT + Integer.BYTES;
  static final int NAME_AT = JSON_LENGTH_AT + Integer.BYTES;

  static final int COPIES = 2;

  /** Room for about a thousand areas. */
  static final int COPY_BYTES = 256 << 10;

  static final int STATE_OPEN = 0;
  static final int STATE_CLOSED = 1;

  private CatalogueLayout() {}

  static long base(int copy) {
    return HeaderLayout.BLOCKS_BYTES + (long) copy * COPY_BYTES;
  }
}

package dev.tmem.cli.torture;

/**
 * What is known of the pages of a shared cache, in a file that the processes of one machine map.
 * All words are 64 bits, in the machine's order, and are changed atomically.
 *
 * <pre>
 *  0         8        16                                16 + 8 * VERSIONS
 *  +---------+--------+----------------------------------+
 *  | drawn   | floor  | ends: of version 1, 2, 3, ...    |   page 0
 *  +---------+--------+----------------------------------+
 *  | ...                                                 |   page 1, and so on
 *
 *  an end    63 ..................... 1       0
 *            +------------------------+--------+
 *            | drawn when it was over | loaded |            0: it is not over
 *            +------------------------+--------+
 * </pre>
 */
final class LedgerLayout {

  /** Of one page; it is changed no more when they are used up. */
  static final int VERSIONS = 1 << 16;

  /** The version that was drawn last. */
  static final long DRAWN = 0;

  /** The last version that is known to have been in force. */
  static final long FLOOR = DRAWN + Long.BYTES;

  static final long ENDS = FLOOR + Long.BYTES;
  static final long PAGE_BYTES = ENDS + (long) VERSIONS * Long.BYTES;

  static final int END_SHIFT = 1;
  static final long LOADED = 1;

  private LedgerLayout() {}

  static long page(int page) {
    return page * PAGE_BYTES;
  }

  /**
   * @param version 1 upward
   */
  static long end(int page, long version) {
    return page(page) + ENDS + (version - 1) * Long.BYTES;
  }
}

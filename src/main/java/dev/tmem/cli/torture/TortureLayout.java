package dev.tmem.cli.torture;

/**
 * A page that tells whose it is. Big-endian.
 *
 * <pre>
 *  0        8        16       24        32                                    4096
 *  +--------+--------+--------+---------+-------------------------------------+
 *  | magic  | area   | offset | version | words: random and steady in turn,   |
 *  |        |        |        |         | a function of the three before      |
 *  +--------+--------+--------+---------+-------------------------------------+
 * </pre>
 */
final class TortureLayout {

  /** "tmemtort". */
  static final long MAGIC_VALUE = 0x746D656D_746F7274L;

  static final int MAGIC = 0;
  static final int AREA = MAGIC + Long.BYTES;
  static final int OFFSET = AREA + Long.BYTES;
  static final int VERSION = OFFSET + Long.BYTES;
  static final int WORDS = VERSION + Long.BYTES;

  private TortureLayout() {}
}

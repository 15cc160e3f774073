package dev.tmem.codec;

/**
 * A page as it travels between nodes that share it, big-endian. No bytes are spent on what is known
 * from around it: where it ends, and whose page it is.
 *
 * <pre>
 *   0       1                   3
 *  +-------+-------------------+-------------------------------+
 *  | codec | bytes of the page | zpage: the page, an LZ4 block, |
 *  |       | less 1            | or the 8 bytes that fill it   |
 *  +-------+-------------------+-------------------------------+
 * </pre>
 */
final class PackedPageLayout {

  static final int CODEC = 0;
  static final int LENGTH_LESS_1 = CODEC + Byte.BYTES;
  static final int ZPAGE = LENGTH_LESS_1 + Short.BYTES;

  private PackedPageLayout() {}
}

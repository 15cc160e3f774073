package dev.tmem.cli.demo;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Page contents that are a function of offset and version alone, and say both. Half of the words
 * are random, so that they compress about as real data does.
 *
 * <pre>
 *  0        8        16        24                       4096
 *  +--------+--------+---------+--------------------------+
 *  | magic  | offset | version | words of the function    |
 *  +--------+--------+---------+--------------------------+
 * </pre>
 */
final class GeneratedPage {

  static final long MAGIC = 0x746d656d_64656d6fL;

  private static final int OFFSET_AT = Long.BYTES;
  private static final int VERSION_AT = OFFSET_AT + Long.BYTES;
  private static final int WORDS_AT = VERSION_AT + Long.BYTES;

  private GeneratedPage() {}

  /**
   * @param version 1 upward
   */
  static byte[] of(long offset, int version, int pageSize) {
    ByteBuffer page = ByteBuffer.allocate(pageSize);
    page.putLong(MAGIC).putLong(offset).putLong(version);
    SplittableRandom random = new SplittableRandom(offset * 31 + version);
    long steady = random.nextLong();
    while (page.remaining() >= 2 * Long.BYTES) {
      page.putLong(random.nextLong()).putLong(steady);
    }
    while (page.hasRemaining()) {
      page.put((byte) random.nextInt());
    }
    return page.array();
  }

  /** Whether these bytes begin as such a page does. */
  static boolean is(byte[] page) {
    return page.length > WORDS_AT && ByteBuffer.wrap(page).getLong() == MAGIC;
  }

  static long offsetOf(byte[] page) {
    return ByteBuffer.wrap(page).getLong(OFFSET_AT);
  }

  static int versionOf(byte[] page) {
    return (int) ByteBuffer.wrap(page).getLong(VERSION_AT);
  }
}

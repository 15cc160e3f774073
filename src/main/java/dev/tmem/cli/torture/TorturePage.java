package dev.tmem.cli.torture;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What stands in a page. Immutable.
 *
 * @param area a number of the area that no other has had
 * @param version 1 upward
 */
record TorturePage(long area, long offset, long version) {

  static final int BYTES = 4096;

  /** Every so many words one is random: pages compress differently, and to a half on the mean. */
  private static final int MAX_STEADY = 4;

  byte[] bytes() {
    ByteBuffer page = ByteBuffer.allocate(BYTES);
    page.putLong(TortureLayout.MAGIC_VALUE).putLong(area).putLong(offset).putLong(version);
    SplittableRandom random = new SplittableRandom(area * 31 * 31 + offset * 31 + version);
    long steady = random.nextLong();
    int every = 1 + random.nextInt(MAX_STEADY);
    while (page.hasRemaining()) {
      int word = page.position() / Long.BYTES;
      page.putLong(word % every == 0 ? random.nextLong() : steady);
    }
    return page.array();
  }

  /** Whether these bytes begin as such a page does and are all that it holds. */
  static boolean isWhole(byte[] bytes) {
    return bytes.length == BYTES
        && ByteBuffer.wrap(bytes).getLong(TortureLayout.MAGIC) == TortureLayout.MAGIC_VALUE
        && Arrays.equals(bytes, of(bytes).bytes());
  }

  /** What whole bytes say of themselves. */
  static TorturePage of(byte[] bytes) {
    ByteBuffer page = ByteBuffer.wrap(bytes);
    return new TorturePage(
        page.getLong(TortureLayout.AREA),
        page.getLong(TortureLayout.OFFSET),
        page.getLong(TortureLayout.VERSION));
  }
}

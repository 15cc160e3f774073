package dev.tmem.cli.simulation;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The bytes of a page as a function of area, offset and version: same-filled, compressible or
 * random. The first word of any of them says which page it is.
 *
 * <pre>
 *  bit   63     52 51        32 31           0
 *       +---------+------------+--------------+
 *       |  area   |   offset   |   version    |
 *       +---------+------------+--------------+
 * </pre>
 *
 * <p>Confined to the thread of its schedule; pages are made in place.
 */
final class PageContent {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int AREA_SHIFT = 52;
  private static final int OFFSET_SHIFT = 32;
  private static final long OFFSET_MASK = (1 << (AREA_SHIFT - OFFSET_SHIFT)) - 1;
  private static final long SPREAD = 0xBF58476D1CE4E5B9L;

  private PageContent() {}

  /**
   * @param area 0 to 4,095
   * @param offset 0 to 2^20 - 1
   */
  static long word(int area, long offset, int version) {
    return ((long) area << AREA_SHIFT) | (offset << OFFSET_SHIFT) | version;
  }

  static int area(long word) {
    return (int) (word >>> AREA_SHIFT);
  }

  static long offset(long word) {
    return (word >>> OFFSET_SHIFT) & OFFSET_MASK;
  }

  static int version(long word) {
    return (int) word;
  }

  /** The page that a word stands for, in an area of that page size. */
  static byte[] of(long word, int pageSize) {
    long mixed = (word ^ (word >>> 27)) * SPREAD;
    int kind = (int) (mixed >>> 60);
    int shorter = (int) (mixed >>> 40) % (pageSize - Long.BYTES);
    byte[] bytes = new byte[kind == 1 ? Long.BYTES + shorter : pageSize];
    int words = bytes.length / Long.BYTES;
    long state = mixed | 1;
    for (int i = 0; i < words; i++) {
      if (kind == 0 || i == 0) {
        LONG.set(bytes, i * Long.BYTES, word);
      } else if (kind < 8 && (i & 7) != 0) {
        LONG.set(bytes, i * Long.BYTES, word ^ i);
      } else {
        state = next(state);
        LONG.set(bytes, i * Long.BYTES, state);
      }
    }
    return bytes;
  }

  private static long next(long state) {
    long x = state ^ (state << 13);
    x ^= x >>> 7;
    return x ^ (x << 17);
  }
}

package dev.tmem.swapfile;

import dev.tmem.backend.Codec;
import java.util.Arrays;

/**
 * The newest of what is known of each page, while a file is being recovered: an open-addressing
 * table of three words a page, on the heap, that is dropped when all is told. Confined to one
 * thread at a time.
 *
 * <pre>
 *  key    63       48 47                             0
 *        +-----------+--------------------------------+
 *        | area + 1  | offset                         |   0: empty
 *        +-----------+--------------------------------+
 *
 *  word   63                    21 20      6 5   4 3  2     0
 *        +------------------------+---------+-----+-+--------+
 *        | epoch                  | 0       |codec|S| kind   |
 *        +------------------------+---------+-----+-+--------+
 *         S: the page is shorter than the page size
 *
 *  handle of the record; -1: none
 * </pre>
 *
 * The higher word wins: of two epochs the higher one, of two of one epoch the better kind.
 */
final class RecoveredPages {

  /** A list, or a damaged record, names a page of that epoch, and nothing more is known of it. */
  static final int EXPECTED_PAGE = 1;

  /** The same of a tombstone. */
  static final int EXPECTED_TOMBSTONE = 2;

  static final int TOMBSTONE = 3;
  static final int PAGE = 4;

  /** It was found to be lost before, and said so: it stays lost. */
  static final int LOST = 5;

  /** What is known of one page. */
  interface Visitor {
    void visit(int area, long offset, long epoch, int kind, long word, long handle);
  }

  static final long MAX_EPOCH = (1L << 43) - 1;

  private static final int AREA_SHIFT = 48;
  private static final int EPOCH_SHIFT = 21;
  private static final int CODEC_SHIFT = 4;
  private static final long SHORT = 1L << 3;
  private static final long KIND_MASK = 7;
  private static final long OFFSET_MASK = (1L << AREA_SHIFT) - 1;
  private static final int FIRST_SIZE = 1 << 12;
  private static final int WORDS = 3;

  /** So many pages in a row lie side by side, as they mostly do on disk. */
  private static final int NEIGHBOUR_BITS = 3;

  private static final int NEIGHBOUR_MASK = (1 << NEIGHBOUR_BITS) - 1;

  /** From a taken place on to the next one; odd, so that it gets everywhere. */
  private static final int STEP = (1 << NEIGHBOUR_BITS) + 1;

  private long[] table = new long[FIRST_SIZE * WORDS];
  private int used;

  /** How many there are of each kind. */
  private final int[] kinds = new int[LOST + 1];

  /**
   * @param area its position in the catalogue
   */
  static long key(int area, long offset) {
    return (long) (area + 1) << AREA_SHIFT | offset;
  }

  static int area(long key) {
    return (int) (key >>> AREA_SHIFT) - 1;
  }

  static long offset(long key) {
    return key & OFFSET_MASK;
  }

  static long word(long epoch, int kind, Codec codec, boolean isShort) {
    return epoch << EPOCH_SHIFT
        | (long) codec.number() << CODEC_SHIFT
        | (isShort ? SHORT : 0)
        | kind;
  }

  static long epoch(long word) {
    return word >>> EPOCH_SHIFT;
  }

  static int kind(long word) {
    return (int) (word & KIND_MASK);
  }

  /**
   * @param key of {@link #key}
   * @param word of {@link #word}
   * @param handle of the record; -1: there is none
   */
  void offer(long key, long word, long handle) {
    int at = find(table, key);
    if (table[at] == 0) {
      if ((used + 1) * 3L > table.length / WORDS * 2L) {
        grow();
        at = find(table, key);
      }
      used++;
      kinds[kind(word)]++;
      put(table, at, key, word, handle);
    } else if (rank(word) > rank(table[at + 1])) {
      kinds[kind(table[at + 1])]--;
      kinds[kind(word)]++;
      put(table, at, key, word, handle);
    }
  }

  private static long rank(long word) {
    return word >>> EPOCH_SHIFT << EPOCH_SHIFT | (word & KIND_MASK);
  }

  private static void put(long[] table, int at, long key, long word, long handle) {
    table[at] = key;
    table[at + 1] = word;
    table[at + 2] = handle;
  }

  private static int find(long[] table, long key) {
    int size = table.length / WORDS;
    int groupBits = Integer.numberOfTrailingZeros(size) - NEIGHBOUR_BITS;
    long group = ((key >>> NEIGHBOUR_BITS) * 0x9e3779b97f4a7c15L) >>> (Long.SIZE - groupBits);
    int place = (int) group << NEIGHBOUR_BITS | ((int) key & NEIGHBOUR_MASK);
    while (table[place * WORDS] != 0 && table[place * WORDS] != key) {
      place = (place + STEP) & (size - 1);
    }
    return place * WORDS;
  }

  private void grow() {
    long[] larger = new long[Math.multiplyExact(table.length, 2)];
    for (int at = 0; at < table.length; at += WORDS) {
      if (table[at] != 0) {
        put(larger, find(larger, table[at]), table[at], table[at + 1], table[at + 2]);
      }
    }
    table = larger;
  }

  int size() {
    return used;
  }

  /** How many of them are of a kind. */
  int count(int kind) {
    return kinds[kind];
  }

  void visit(Visitor visitor) {
    for (int at = 0; at < table.length; at += WORDS) {
      if (table[at] != 0) {
        long word = table[at + 1];
        visitor.visit(
            area(table[at]), offset(table[at]), epoch(word), kind(word), word, table[at + 2]);
      }
    }
  }

  static Codec codec(long word) {
    return Codec.of((int) (word >>> CODEC_SHIFT) & 3);
  }

  static boolean isShort(long word) {
    return (word & SHORT) != 0;
  }

  /** Everything is told. */
  void clear() {
    table = new long[FIRST_SIZE * WORDS];
    used = 0;
    Arrays.fill(kinds, 0);
  }
}

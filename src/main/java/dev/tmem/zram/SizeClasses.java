package dev.tmem.zram;

import dev.tmem.memory.RegionPool;

/**
 * The table of object sizes. Immutable.
 *
 * <p>A size of 1 KiB or more is an n-th part of a span, rounded down to 16 bytes, so that less than
 * n times 16 bytes of a span are left over; raw pages of 1, 2, 4, 8, 16, 32 and 64 KiB fit exactly.
 * Sizes above a fifteenth of a span are parts of a run of four, in which there are enough of them.
 * Below 1 KiB sizes go in steps of 32 bytes, and of 16 from 256 down to 32.
 *
 * <p>Finer steps waste less in each object and more in spans that are not full, of which each class
 * may have one. Hence a part is left out if it is less than a 64th below its neighbour, or a 24th
 * in runs, and there are some 110 classes, of which pages of 4 KiB use 75: with a million zpages,
 * 16 bytes less between the sizes under 1 KiB save in padding what they cost in free places. What a
 * span or run costs beyond the payload, all lengths of a range equally likely, left-overs included:
 *
 * <pre>
 *   length    1-4096   64-512   512-1024   1-2 KiB   2-2.9 KiB   2.9-4 KiB   4-16 KiB   16-64 KiB
 *   waste      2.7 %    4.6 %      2.6 %     2.3 %       2.3 %       3.0 %      3.1 %       8.8 %
 * </pre>
 */
final class SizeClasses {
  /** The next smaller size is at least this part of a size below it. */
  private static final int STEP_PART = 64;

  /** The same of sizes that lie in runs. */
  private static final int STEP_PART_IN_RUNS = 24;

  private static final int PARTS_ABOVE_BYTES = 1024;
  private static final int FINE_BELOW_BYTES = 256;
  private static final int MIN_OBJECT_BYTES = 32;
  private static final int GRAIN = HandleLayout.GRAIN_BYTES;

  /** A class number is kept in a byte, and 0 is none. */
  static final int MAX_CLASSES = 127;

  private static final int[] SIZES = sizes();
  private static final byte[] CLASS_BY_GRAINS = classByGrains();

  private SizeClasses() {}

  /** How many there are; class 0 is the smallest. */
  static int count() {
    return SIZES.length;
  }

  static int objectBytes(int sizeClass) {
    return SIZES[sizeClass];
  }

  /** The smallest class whose objects have room for that many bytes, 1 to 65536. */
  static int of(int length) {
    return CLASS_BY_GRAINS[(length + GRAIN - 1) / GRAIN];
  }

  private static int[] sizes() {
    int[] down = new int[MAX_CLASSES];
    int count = 0;
    int size = RegionPool.SPAN_BYTES;
    while (size >= MIN_OBJECT_BYTES) {
      down[count++] = size;
      size = size > PARTS_ABOVE_BYTES ? nextPart(size) : size - shortStep(size);
    }
    int[] up = new int[count];
    for (int i = 0; i < count; i++) {
      up[i] = down[count - 1 - i];
    }
    return up;
  }

  /**
   * The largest part of a span or run that is far enough below the size. What is to be a size of
   * its own comes before it: a power of two, and the longest that lies in a span.
   */
  private static int nextPart(int size) {
    int atMost = size - step(size);
    int spanBytes = SpanLayout.spanBytes(atMost);
    int parts = (spanBytes + atMost - 1) / atMost;
    int next = spanBytes / parts / GRAIN * GRAIN;
    int least = size > SpanLayout.LONGEST_IN_SPAN ? SpanLayout.LONGEST_IN_SPAN : 0;
    return Math.max(Math.max(next, least), Integer.highestOneBit(size - 1));
  }

  /** A part of the size, rounded up to whole grains. */
  private static int step(int size) {
    int unit = (size > SpanLayout.LONGEST_IN_SPAN ? STEP_PART_IN_RUNS : STEP_PART) * GRAIN;
    return (size - 1 + unit) / unit * GRAIN;
  }

  private static int shortStep(int size) {
    return size > FINE_BELOW_BYTES ? 2 * GRAIN : GRAIN;
  }

  private static byte[] classByGrains() {
    byte[] table = new byte[RegionPool.SPAN_BYTES / GRAIN + 1];
    int sizeClass = 0;
    for (int grains = 0; grains < table.length; grains++) {
      if (grains * GRAIN > SIZES[sizeClass]) {
        sizeClass++;
      }
      table[grains] = (byte) sizeClass;
    }
    return table;
  }
}

package dev.tmem.dispatch;

/**
 * The epoch of a page that has a time to live: it says when the page was put, so that no slot has
 * to keep that beside it.
 *
 * <pre>
 *   42                        15 14              0
 *  +----------------------------+-----------------+
 *  | second, from the opening on| number in it    |
 *  +----------------------------+-----------------+
 * </pre>
 *
 * That lasts for {@value #MAX_SECOND} seconds, eight and a half years, from the opening of a cache
 * on, and for {@value #PER_SECOND} puts a second in one stripe. A put beyond either is not kept, as
 * any put of an ephemeral page may be.
 */
final class EpochStamp {

  private static final int NUMBER_BITS = 15;

  /** Epochs of one second. */
  static final long PER_SECOND = 1L << NUMBER_BITS;

  /** The last second there is. */
  static final long MAX_SECOND = SlotWord.MAX_EPOCH >> NUMBER_BITS;

  private EpochStamp() {}

  /** The first epoch of a second. */
  static long first(long second) {
    return second << NUMBER_BITS;
  }

  /** The second that an epoch belongs to. */
  static long second(long epoch) {
    return epoch >>> NUMBER_BITS;
  }

  /**
   * Whether an epoch can be drawn in that second.
   *
   * @param last the last one drawn
   */
  static boolean hasMore(long last, long second) {
    return second <= MAX_SECOND && last < first(second + 1) - 1;
  }
}

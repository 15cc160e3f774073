package dev.tmem.dispatch;

/**
 * How full something in RAM may be: the pool, or an area with a cap. Immutable.
 *
 * <p>From the high mark on cold pages go down, until the low mark is reached; in between no writer
 * waits. From the emergency mark on writers pay: a store ends when a page has gone down for it.
 *
 * @param low bytes down to which it is relieved
 * @param high bytes above which that begins
 * @param emergency bytes above which writers pay
 * @param limit bytes that fill it
 */
public record Watermarks(long low, long high, long emergency, long limit) {

  /** Share of the limit down to which RAM is relieved. */
  public static final int LOW_PERCENT = 85;

  /** Share of the limit above which RAM is relieved. */
  public static final int HIGH_PERCENT = 90;

  /** Share of the limit above which writers pay: what spans and free places take is left above. */
  public static final int EMERGENCY_PERCENT = 95;

  /** The marks below a limit. */
  static Watermarks of(long limitBytes) {
    return new Watermarks(
        share(limitBytes, LOW_PERCENT),
        share(limitBytes, HIGH_PERCENT),
        share(limitBytes, EMERGENCY_PERCENT),
        limitBytes);
  }

  private static long share(long limitBytes, int percent) {
    return limitBytes / 100 * percent;
  }

  /**
   * How much work is to be done at once: the nearer the emergency mark, the more, so that the pages
   * that go down keep up with those that come.
   *
   * @param most at the emergency mark and above
   * @return 1 to {@code most}
   */
  int lanes(long used, int most) {
    if (used <= high) {
      return 1;
    }
    long span = Math.max(1, emergency - high);
    return (int) Math.min(most, 1 + (most - 1) * (used - high) / span);
  }
}

package dev.tmem.codec;

/**
 * The share of a page above which it is not kept compressed. Thread-safe: one volatile number,
 * which may change while pages are compressed.
 */
final class StoredLimit {
  private volatile int percent;

  StoredLimit(int percent) {
    set(percent);
  }

  /**
   * @param percent 0 (keep all raw) to 100 (take whatever gets smaller at all)
   */
  final void set(int percent) {
    if (percent < 0 || percent > 100) {
      throw new IllegalArgumentException("maxStoredPercent " + percent + "; 0 to 100 are allowed");
    }
    this.percent = percent;
  }

  int percent() {
    return percent;
  }

  /** Whether it pays to keep that many bytes in the place of a page of that length. */
  boolean admits(int stored, int pageBytes) {
    return admits(stored, pageBytes, percent);
  }

  static boolean admits(int stored, int pageBytes, int percent) {
    return stored < pageBytes && stored * 100L <= (long) pageBytes * percent;
  }

  /** The most bytes that are {@link #admits admitted}. */
  static int most(int pageBytes, int percent) {
    return (int) Math.min(pageBytes - 1, (long) pageBytes * percent / 100);
  }
}

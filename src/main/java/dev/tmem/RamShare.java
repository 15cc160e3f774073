package dev.tmem;

import org.jspecify.annotations.Nullable;

/**
 * A share of a node's local RAM: bytes, or a percentage of what its memory limit leaves for pages
 * (the limit of {@code zram} in the statistics). Immutable.
 *
 * @param amount bytes, or percent
 * @param percent whether it is a percentage
 */
public record RamShare(long amount, boolean percent) {

  /** Nothing. */
  public static final RamShare NONE = new RamShare(0, false);

  /** All there is, whatever that is. */
  public static final RamShare ALL = new RamShare(100, true);

  private static final long MAX_BYTES = 1L << 46;

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} if it is out of range
   */
  public RamShare {
    Options.inRange(percent ? "share in percent" : "share", amount, 0, percent ? 100 : MAX_BYTES);
  }

  /** So many bytes. */
  public static RamShare bytes(long bytes) {
    return new RamShare(bytes, false);
  }

  /**
   * That percentage.
   *
   * @param percent 0 to 100
   */
  public static RamShare percent(int percent) {
    return new RamShare(percent, true);
  }

  /**
   * Reads one: a number of bytes, text such as {@code 64M}, or text such as {@code 25%}.
   *
   * @param key what is read, for the message
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION}
   */
  public static RamShare parse(String key, @Nullable Object value) {
    if (value instanceof String text && text.endsWith("%")) {
      long percent = Options.bytes(key, text.substring(0, text.length() - 1));
      return new RamShare(Options.inRange(key, percent, 0, 100), true);
    }
    return new RamShare(Options.inRange(key, Options.bytes(key, value), 0, MAX_BYTES), false);
  }

  /** The bytes it comes to. */
  public long of(long wholeBytes) {
    return percent ? wholeBytes / 100 * amount + wholeBytes % 100 * amount / 100 : amount;
  }

  /** As {@link #parse} reads it: bytes as a number, a percentage as text. */
  public Object toJson() {
    return percent ? toString() : (Object) amount;
  }

  @Override
  public String toString() {
    return percent ? amount + "%" : Long.toString(amount);
  }
}

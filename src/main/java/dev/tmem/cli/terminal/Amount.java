package dev.tmem.cli.terminal;

import dev.tmem.Options;
import java.util.Locale;

/** Amounts as people read them. */
public final class Amount {

  private Amount() {}

  /** {@code 12,345}. */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** {@code 64.0 MiB}. */
  public static String bytes(long bytes) {
    return bytes < 0 ? "-" + Options.humanBytes(-bytes) : Options.humanBytes(bytes);
  }

  /** {@code 64.0M}, for narrow columns. */
  public static String shortBytes(long bytes) {
    return bytes(bytes).replace(" ", "").replace("iB", "");
  }

  /** {@code 12,345 pages/s}; {@code -} if no time has passed. */
  public static String pagesPerSecond(double rate) {
    return Double.isFinite(rate) ? count(Math.round(rate)) + " pages/s" : "-";
  }

  /** {@code 98.1 MiB/s}; {@code -} if no time has passed. */
  public static String bytesPerSecond(double rate) {
    return Double.isFinite(rate) ? bytes(Math.round(rate)) + "/s" : "-";
  }

  /** {@code 62 %}; of nothing, all is done. */
  public static String percent(long part, long whole) {
    return (whole == 0 ? 100 : (int) Math.floor(100.0 * part / whole)) + " %";
  }

  /** {@code 2.31}; {@code -} if there is nothing to compare with. */
  public static String ratio(long above, long below) {
    return below == 0 ? "-" : String.format(Locale.ROOT, "%.2f", (double) above / below);
  }

  /** {@code 4.2 s}, {@code 1:05} or {@code 2:00:00}. */
  public static String seconds(double seconds) {
    if (seconds < 60) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}

package dev.tmem.cli.terminal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How far a long piece of work is, with its rate and the time left, on standard error: a bar that
 * is drawn in place on a terminal, else a line now and then.
 *
 * <p>Thread-safe: its own monitor.
 */
public final class Progress implements AutoCloseable {

  static final int BAR_COLUMNS = 24;
  static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A rate from less than that says nothing. */
  private static final double LEAST_SECONDS = 0.05;

  private final Terminal terminal;
  private final String label;
  private final long totalBytes;
  private final LongSupplier nanoTime;
  private final long began;

  @GuardedBy("this")
  private long doneBytes;

  @GuardedBy("this")
  private long shownAt;

  @GuardedBy("this")
  private int shownColumns;

  @GuardedBy("this")
  private boolean closed;

  public Progress(Terminal terminal, String label, long totalBytes) {
    this(terminal, label, totalBytes, System::nanoTime);
  }

  Progress(Terminal terminal, String label, long totalBytes, LongSupplier nanoTime) {
    this.terminal = terminal;
    this.label = label;
    this.totalBytes = totalBytes;
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
    this.shownAt = began;
  }

  /** So many more bytes are done. */
  public synchronized void add(long bytes) {
    doneBytes += bytes;
    long now = nanoTime.getAsLong();
    long pause = terminal.errIsTerminal() ? REDRAW_NANOS : LINE_NANOS;
    if (!closed && now - shownAt >= pause) {
      shownAt = now;
      show(now);
    }
  }

  /** Seconds since the beginning. */
  public double seconds() {
    return (nanoTime.getAsLong() - began) / 1e9;
  }

  @GuardedBy("this")
  private void show(long now) {
    double seconds = (now - began) / 1e9;
    StringBuilder line = new StringBuilder(label).append("  ");
    if (terminal.errIsTerminal()) {
      line.append(bar()).append("  ");
    }
    line.append(String.format(Locale.ROOT, "%5s", Amount.percent(doneBytes, totalBytes)))
        .append("  ")
        .append(Amount.bytes(doneBytes))
        .append(" of ")
        .append(Amount.bytes(totalBytes));
    if (seconds >= LEAST_SECONDS && doneBytes > 0) {
      double rate = doneBytes / seconds;
      line.append("  ")
          .append(Amount.bytesPerSecond(rate))
          .append("  ")
          .append(Amount.seconds(Math.max(0, totalBytes - doneBytes) / rate))
          .append(" left");
    }
    put(line.toString());
  }

  @GuardedBy("this")
  private String bar() {
    double part = totalBytes == 0 ? 1 : Math.min(1, (double) doneBytes / totalBytes);
    int filled = (int) (part * BAR_COLUMNS);
    return "[" + "=".repeat(filled) + " ".repeat(BAR_COLUMNS - filled) + "]";
  }

  @GuardedBy("this")
  private void put(String line) {
    if (terminal.errIsTerminal()) {
      String rest = " ".repeat(Math.max(0, shownColumns - line.length()));
      terminal.err().print("\r" + line + rest);
      terminal.err().flush();
      shownColumns = line.length();
    } else {
      terminal.err().println(line);
    }
  }

  /** Takes the bar off the terminal; lines that were written stay. Idempotent. */
  public synchronized void finish() {
    if (!closed && shownColumns > 0) {
      terminal.err().print("\r" + " ".repeat(shownColumns) + "\r");
      terminal.err().flush();
    }
    closed = true;
  }

  /** As {@link #finish}. */
  @Override
  public void close() {
    finish();
  }
}

package dev.tmem.dispatch;

import dev.tmem.Options;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many pages may still be written back (zram's {@code writeback_limit}): a disk of flash wears
 * out by writes. A page is debited before it is written, and refunded if it was not. Thread-safe:
 * atomic.
 */
public final class WritebackBudget {

  /** Without a limit. */
  public static final long UNLIMITED = -1;

  private final AtomicLong left = new AtomicLong(UNLIMITED);

  WritebackBudget() {}

  /** Pages that may still be written; {@link #UNLIMITED}. */
  public long left() {
    return left.get();
  }

  /**
   * Sets how many pages may be written from now on.
   *
   * @param pages 0 or more; {@link #UNLIMITED}
   * @return what was left before
   */
  public long set(long pages) {
    return left.getAndSet(Options.inRange("pages", pages, UNLIMITED, Long.MAX_VALUE));
  }

  /** Takes one page; false: there is none. */
  boolean tryDebit() {
    long before;
    do {
      before = left.get();
      if (before <= 0) {
        return before == UNLIMITED;
      }
    } while (!left.compareAndSet(before, before - 1));
    return true;
  }

  /** These pages were not written after all; a limit that was lifted meanwhile stays lifted. */
  void refund(long pages) {
    left.updateAndGet(now -> now == UNLIMITED ? now : now + pages);
  }
}

package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the writer, first in first out. Bounded by {@link #MAX_REQUESTS}, and in bytes by
 * the promises that the segment table gives before a put is queued. Thread-safe: its own lock.
 */
final class WorkQueue {

  static final int MAX_REQUESTS = 4096;

  @GuardedBy("this")
  private final ArrayDeque<Work> waiting = new ArrayDeque<>(MAX_REQUESTS);

  @GuardedBy("this")
  private boolean closed;

  /** What came of an offer. */
  enum Offer {
    QUEUED,
    FULL,
    CLOSED
  }

  synchronized Offer offer(Work work) {
    if (closed) {
      return Offer.CLOSED;
    }
    if (waiting.size() >= MAX_REQUESTS) {
      return Offer.FULL;
    }
    waiting.add(work);
    notifyAll();
    return Offer.QUEUED;
  }

  /** The next one, if there is one. */
  synchronized @Nullable Work poll() {
    return waiting.poll();
  }

  /**
   * Waits until there is something to do.
   *
   * @return null: closed, and nothing is left
   */
  synchronized @Nullable Work take() throws InterruptedException {
    while (waiting.isEmpty() && !closed) {
      wait();
    }
    return waiting.poll();
  }

  /**
   * As {@link #take}, but not for longer than that.
   *
   * @return null also when the time is over
   */
  synchronized @Nullable Work take(long millis) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (waiting.isEmpty() && !closed) {
      long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
      if (left <= 0) {
        break;
      }
      wait(left);
    }
    return waiting.poll();
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  synchronized boolean closed() {
    return closed;
  }
}

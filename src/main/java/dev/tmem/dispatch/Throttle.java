package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Stores above the emergency mark, whose pages are kept already: each ends when a page has gone
 * down for it, first come first served. So stores are as quick as the way down, and each waits
 * about as long as the next; none waits longer than {@link #DEADLINE_MILLIS}.
 *
 * <p>Thread-safe: under this object's monitor, which is not held when a store is told.
 */
final class Throttle {

  /** The longest that a store waits, in milliseconds. */
  static final long DEADLINE_MILLIS = RoomQueue.DEADLINE_MILLIS;

  /** More than that many do not wait. */
  static final int MAX_PAYING = RoomQueue.MAX_WAITING;

  /** Pages gone down ahead of stores to come: as many as one batch has. */
  static final int MAX_CREDIT = Reclaimer.BATCH_PAGES;

  private record Payer(Promise<Void> promise, long deadlineNanos) {}

  private final Scheduler scheduler;

  @GuardedBy("this")
  private final ArrayDeque<Payer> paying = new ArrayDeque<>();

  /** Pages that went down while nobody was paying. */
  @GuardedBy("this")
  private int credit;

  @GuardedBy("this")
  private boolean timerSet;

  Throttle(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Completes when a page has gone down for the store, or at the deadline. */
  Future<Void> pay() {
    synchronized (this) {
      if (credit > 0) {
        credit--;
        return Future.succeededFuture();
      }
      if (paying.size() >= MAX_PAYING) {
        return Future.succeededFuture();
      }
      Promise<Void> promise = Promise.promise();
      paying.add(new Payer(promise, scheduler.nanoTime() + DEADLINE_MILLIS * 1_000_000));
      setTimer();
      return promise.future();
    }
  }

  synchronized boolean isEmpty() {
    return paying.isEmpty();
  }

  synchronized int size() {
    return paying.size();
  }

  /** So many pages have gone down. */
  void relieved(int pages) {
    List<Payer> paid = new ArrayList<>();
    synchronized (this) {
      int left = pages;
      while (left > 0 && !paying.isEmpty()) {
        paid.add(paying.poll());
        left--;
      }
      credit = Math.min(MAX_CREDIT, credit + left);
    }
    paid.forEach(payer -> payer.promise().complete());
  }

  /** Nobody has to pay: there is no emergency any more, or no way down. */
  void release() {
    List<Payer> all;
    synchronized (this) {
      all = List.copyOf(paying);
      paying.clear();
      credit = 0;
    }
    all.forEach(payer -> payer.promise().complete());
  }

  @GuardedBy("this")
  private void setTimer() {
    if (!timerSet && !paying.isEmpty()) {
      timerSet = true;
      long left = paying.peek().deadlineNanos() - scheduler.nanoTime();
      scheduler.schedule(Math.max(1, left / 1_000_000 + 1), this::expire);
    }
  }

  private void expire() {
    List<Payer> expired = new ArrayList<>();
    synchronized (this) {
      timerSet = false;
      long now = scheduler.nanoTime();
      while (!paying.isEmpty() && now - paying.peek().deadlineNanos() >= 0) {
        expired.add(paying.poll());
      }
      setTimer();
    }
    expired.forEach(payer -> payer.promise().complete());
  }
}

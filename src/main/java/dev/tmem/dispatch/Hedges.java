package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Fetches that ask for a page's other copy if they are not over at a deadline: a slow or dead
 * lender costs no load more than that. All have the same time, so they stand in a line, with one
 * timer for the first of them; one that is over by then is passed over.
 *
 * <p>Thread-safe: this object's monitor, a leaf.
 */
public final class Hedges {

  /** Unless told otherwise. */
  public static final long DEFAULT_MILLIS = 250;

  /** More fetches at a time than this are not waited for: they have their backends' deadline. */
  static final int LINE_MAX = 65_536;

  /** A fetch, and when it is to look for another copy. */
  private record Entry(Fetch fetch, long dueNanos) {}

  private final Scheduler scheduler;
  private volatile long millis = DEFAULT_MILLIS;

  @GuardedBy("this")
  private final ArrayDeque<Entry> line = new ArrayDeque<>();

  @GuardedBy("this")
  private boolean timerSet;

  Hedges(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Milliseconds after which the other copy is asked for. */
  public long millis() {
    return millis;
  }

  /**
   * Sets it for fetches from now on.
   *
   * @param timeout 1 or more
   */
  public void setMillis(long timeout) {
    millis = timeout;
  }

  /** These have just asked for a copy, and know of another one. No lock is held. */
  void add(List<Fetch> fetches) {
    long due = scheduler.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    synchronized (this) {
      for (Fetch fetch : fetches) {
        if (line.size() < LINE_MAX) {
          line.add(new Entry(fetch, due));
        }
      }
      setTimer();
    }
  }

  @GuardedBy("this")
  private void setTimer() {
    Entry first = line.peek();
    if (first != null && !timerSet) {
      timerSet = true;
      long nanos = first.dueNanos() - scheduler.nanoTime();
      scheduler.schedule(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos) + 1), this::look);
    }
  }

  private void look() {
    List<Fetch> due = new ArrayList<>();
    synchronized (this) {
      timerSet = false;
      long now = scheduler.nanoTime();
      for (Entry first = line.peek();
          first != null && now - first.dueNanos() >= 0;
          first = line.peek()) {
        due.add(line.remove().fetch());
      }
      setTimer();
    }
    Fetch.startAll(due);
  }
}

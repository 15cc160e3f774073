package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stores that wait for room in RAM, first come first served. A store that has waited until its
 * deadline goes on to the lower tiers.
 *
 * <p>Thread-safe: under this object's monitor. A store is tried by one thread at a time: the one
 * that has taken it out of the queue.
 */
final class RoomQueue {

  /** How long a store waits for room, in milliseconds: the emergency deadline. */
  static final long DEADLINE_MILLIS = 500;

  /** More than that many stores do not wait; the next one goes on to the lower tiers at once. */
  static final int MAX_WAITING = 16_384;

  private record Entry(SlowStore store, long deadlineNanos) {}

  private final Scheduler scheduler;

  @GuardedBy("this")
  private final ArrayDeque<Entry> waiting = new ArrayDeque<>();

  /** Whether a thread is trying the stores in order. */
  @GuardedBy("this")
  private boolean pumping;

  /** Whether room came up since that thread last looked. */
  @GuardedBy("this")
  private boolean again;

  @GuardedBy("this")
  private boolean timerSet;

  RoomQueue(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Lets a store wait; false: too many do. */
  boolean add(SlowStore store) {
    synchronized (this) {
      if (waiting.size() >= MAX_WAITING) {
        return false;
      }
      waiting.add(new Entry(store, scheduler.nanoTime() + DEADLINE_MILLIS * 1_000_000));
      setTimer();
    }
    return true;
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  synchronized int size() {
    return waiting.size();
  }

  @GuardedBy("this")
  private void setTimer() {
    if (!timerSet && !waiting.isEmpty()) {
      timerSet = true;
      long left = waiting.peek().deadlineNanos() - scheduler.nanoTime();
      scheduler.schedule(Math.max(1, left / 1_000_000 + 1), this::expire);
    }
  }

  private void expire() {
    List<Entry> expired = new ArrayList<>();
    synchronized (this) {
      timerSet = false;
      while (!waiting.isEmpty() && isExpired(waiting.peek())) {
        expired.add(waiting.poll());
      }
      setTimer();
    }
    goOn(expired);
  }

  private boolean isExpired(Entry entry) {
    return scheduler.nanoTime() - entry.deadlineNanos() >= 0;
  }

  /**
   * There may be room: the first in the queue try again, until one finds none.
   *
   * @return how many found room
   */
  int pump() {
    int placed = 0;
    synchronized (this) {
      again = true;
      if (pumping) {
        return 0;
      }
      pumping = true;
    }
    while (true) {
      Entry entry = takeNext();
      if (entry == null) {
        return placed;
      }
      StoreRound round = new StoreRound();
      boolean found = entry.store().tryRam(round);
      round.go();
      if (found) {
        placed++;
      } else {
        putBack(entry);
      }
    }
  }

  /** The next store to try; null: this thread has to stop. */
  private synchronized @Nullable Entry takeNext() {
    if (!again || waiting.isEmpty()) {
      pumping = false;
      return null;
    }
    return waiting.poll();
  }

  /** There is no room after all: the store is the first in the queue again, or goes on. */
  private void putBack(Entry entry) {
    boolean expired = isExpired(entry);
    synchronized (this) {
      again = false;
      if (!expired) {
        waiting.addFirst(entry);
        setTimer();
      }
    }
    if (expired) {
      goOn(List.of(entry));
    }
  }

  /** No room will come up: everybody goes on to the lower tiers. */
  void giveUp() {
    List<Entry> all;
    synchronized (this) {
      all = new ArrayList<>(waiting);
      waiting.clear();
    }
    goOn(all);
  }

  /** To the lower tiers, together. */
  private static void goOn(List<Entry> entries) {
    StoreRound round = new StoreRound();
    entries.forEach(entry -> entry.store().placeInChain(round));
    round.go();
  }
}

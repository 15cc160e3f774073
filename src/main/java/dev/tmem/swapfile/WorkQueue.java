package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the writer, first in first out. Bounded by {@link #MAX_REQUESTS}, and in bytes by
 * the promises that the segment table gives before a put is queued. One thread takes. Thread-safe:
 * its own lock.
 */
final class WorkQueue {

  static final int MAX_REQUESTS = 4096;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition enough = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<Work> waiting = new ArrayDeque<>(MAX_REQUESTS);

  /** Records of all that waits. */
  @GuardedBy("lock")
  private int records;

  /** Flushes among what waits: they wait for no others. */
  @GuardedBy("lock")
  private int flushes;

  /** With so many records the one who takes is woken. */
  @GuardedBy("lock")
  private int wanted = 1;

  /** Written under the lock alone; whoever only looks needs none. */
  private volatile boolean closed;

  /** What came of an offer. */
  enum Offer {
    QUEUED,
    FULL,
    CLOSED
  }

  Offer offer(Work work) {
    lock.lock();
    try {
      if (closed) {
        return Offer.CLOSED;
      }
      if (waiting.size() >= MAX_REQUESTS) {
        return Offer.FULL;
      }
      waiting.add(work);
      count(work, 1);
      if (isEnough(wanted)) {
        enough.signal();
      }
      return Offer.QUEUED;
    } finally {
      lock.unlock();
    }
  }

  /** The next one, if there is one. */
  @Nullable Work poll() {
    lock.lock();
    try {
      return next();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private @Nullable Work next() {
    Work work = waiting.poll();
    if (work != null) {
      count(work, -1);
    }
    return work;
  }

  @GuardedBy("lock")
  private void count(Work work, int sign) {
    switch (work) {
      case AppendRequest request -> records += sign * request.size();
      case FlushRequest flush -> flushes += sign;
    }
  }

  @GuardedBy("lock")
  private boolean isEnough(int atLeast) {
    return records >= atLeast || flushes > 0;
  }

  /** Records of all that waits. */
  int records() {
    lock.lock();
    try {
      return records;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until there is something to do.
   *
   * @return null: closed, and nothing is left
   */
  @Nullable Work take() throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        enough.await();
      }
      return next();
    } finally {
      lock.unlock();
    }
  }

  /**
   * As {@link #take}, but not for longer than that.
   *
   * @return null also when the time is over
   */
  @Nullable Work take(long millis) throws InterruptedException {
    await(1, TimeUnit.MILLISECONDS.toNanos(millis));
    return poll();
  }

  /** Waits until so many records are there, but not for longer than that. */
  void await(int atLeast, long nanos) throws InterruptedException {
    lock.lock();
    try {
      wanted = atLeast;
      long left = nanos;
      while (!isEnough(atLeast) && !closed && left > 0) {
        left = enough.awaitNanos(left);
      }
      wanted = 1;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      enough.signal();
    } finally {
      lock.unlock();
    }
  }

  boolean closed() {
    return closed;
  }
}

package dev.tmem.dispatch;

import dev.tmem.backend.Scheduler;
import dev.tmem.memory.ObjectDirectory;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;

/**
 * Frees the pages of an object whose name was taken off: some at a time under the lock of their
 * stripe, the first ones on the caller's thread, the rest of a large object elsewhere.
 *
 * <p>Confined: its steps follow one another. Numbers of objects go round only after 2^31 objects,
 * so that of an object whose pages were dropped meanwhile stands for no other.
 */
final class ObjectRemoval {

  /** Pages that are freed before the lock is released: some tens of microseconds. */
  private static final int BATCH_PAGES = 128;

  /** Batches that are freed before the thread is given up. */
  private static final int STEP_BATCHES = 32;

  private record Part(Stripe stripe, long number) {}

  private final Scheduler scheduler;
  private final LongAdder counter;
  private final ArrayDeque<Part> parts = new ArrayDeque<>(CachePages.SPREAD);
  private final long[] keys = new long[BATCH_PAGES];
  private final Promise<Long> promise = Promise.promise();
  private final RamFrees frees = new RamFrees();
  private long removed;

  /**
   * @param counter counts the pages when all are freed
   */
  ObjectRemoval(Scheduler scheduler, LongAdder counter) {
    this.scheduler = scheduler;
    this.counter = counter;
  }

  void add(Stripe stripe, long number) {
    parts.add(new Part(stripe, number));
  }

  /** Frees them; completes with their number. */
  Future<Long> run() {
    boolean done;
    try {
      done = step();
    } finally {
      frees.release();
    }
    if (done) {
      counter.add(removed);
      promise.complete(removed);
    } else {
      scheduler.execute(this::run);
    }
    return promise.future();
  }

  /** Some batches; true: those were the last. */
  private boolean step() {
    for (int batch = 0; batch < STEP_BATCHES; batch++) {
      Part part = parts.peek();
      if (part == null) {
        return true;
      }
      int count = removeSome(part.stripe(), part.number());
      removed += count;
      if (count < BATCH_PAGES) {
        parts.remove();
      }
    }
    return parts.isEmpty();
  }

  private int removeSome(Stripe stripe, long number) {
    stripe.lock.lock();
    try {
      ObjectDirectory objects = stripe.objects;
      if (objects == null) {
        return 0;
      }
      int count = objects.pages(number, keys);
      stripe.removeAll(objects, keys, count, frees);
      return count;
    } finally {
      stripe.lock.unlock();
    }
  }
}

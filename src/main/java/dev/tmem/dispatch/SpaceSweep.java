package dev.tmem.dispatch;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** Operations that go through a whole page space, block by block. Thread-safe; holds no state. */
final class SpaceSweep {

  private final PageSpace space;

  SpaceSweep(PageSpace space) {
    this.space = space;
  }

  /**
   * Removes every page, those with a store under way as soon as that has ended.
   *
   * @return the number of pages removed
   */
  Future<Long> freeAll() {
    Promise<Long> promise = Promise.promise();
    space
        .dispatcher()
        .scheduler()
        .execute(() -> {
          List<Future<Void>> busy = new ArrayList<>();
          long freed = 0;
          for (Stripe stripe : space.stripes()) {
            freed += freeStripe(stripe, busy);
          }
          long count = freed;
          Future.join(busy).onComplete(done -> promise.complete(count));
        });
    return promise.future();
  }

  @SuppressWarnings("GuardedBy") // the sweep's visitor runs within it, locked
  private long freeStripe(Stripe stripe, List<Future<Void>> busy) {
    awaitBusy(stripe, busy);
    long freed = 0;
    long cursor = 0;
    Freed copies = new Freed(space.dispatcher().backends());
    while (cursor >= 0) {
      List<Long> offsets = new ArrayList<>();
      stripe.lock.lock();
      try {
        cursor = stripe.slots.sweep(cursor, ref -> offsets.add(stripe.slots.key(ref)));
        for (long offset : offsets) {
          if (!stripe.line.isBusy(offset)) {
            stripe.remove(stripe.slots.find(offset), copies);
            freed++;
          }
        }
      } finally {
        stripe.lock.unlock();
      }
      copies.release();
    }
    return freed;
  }

  /** First of all, so that no store under way ends unseen; what begins later is not to be freed. */
  private void awaitBusy(Stripe stripe, List<Future<Void>> busy) {
    stripe.lock.lock();
    try {
      for (long offset : stripe.line.busyOffsets()) {
        busy.add(stripe.line.await(offset, () -> freeBusy(stripe, offset)));
      }
    } finally {
      stripe.lock.unlock();
    }
  }

  /** The turn of a page that was busy has come. */
  private Future<Void> freeBusy(Stripe stripe, long offset) {
    Freed copies = new Freed(space.dispatcher().backends());
    stripe.lock.lock();
    try {
      long ref = stripe.slots.find(offset);
      if (ref >= 0) {
        stripe.remove(ref, copies);
      }
    } finally {
      stripe.lock.unlock();
    }
    copies.release();
    return Future.succeededFuture();
  }

  /** The lowest offsets of present pages from one on, ascending. */
  Future<long[]> offsets(long from, int max) {
    Promise<long[]> promise = Promise.promise();
    space.dispatcher().scheduler().execute(() -> promise.complete(offsetsNow(from, max)));
    return promise.future();
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private long[] offsetsNow(long from, int max) {
    // The largest of the lowest is on top, to give way to a lower one.
    PriorityQueue<Long> lowest = new PriorityQueue<>((a, b) -> Long.compare(b, a));
    new TableWalk(List.of(space))
        .all((stripe, ref) -> {
          long offset = stripe.slots.key(ref);
          int state = SlotWord.state(stripe.slots.word(ref));
          boolean present = state == SlotWord.PRESENT || state == SlotWord.LOST;
          if (!present || offset < from) {
            return;
          }
          if (lowest.size() < max) {
            lowest.add(offset);
          } else if (offset < lowest.peek()) {
            lowest.poll();
            lowest.add(offset);
          }
        });
    return lowest.stream().mapToLong(Long::longValue).sorted().distinct().toArray();
  }
}

package dev.tmem.dispatch;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongPredicate;

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
    Freeing freeing = new Freeing();
    space.dispatcher().scheduler().execute(freeing::run);
    return freeing.promise.future();
  }

  /**
   * One pass over all stripes. It stops where what was freed could not be noted any more, and goes
   * on when that has been told. Confined: its runs follow one another.
   */
  private final class Freeing {
    final Promise<Long> promise = Promise.promise();
    private final List<Future<Void>> busy = new ArrayList<>();
    private final Freed copies = new Freed(space.dispatcher().backends());
    private int at;
    private long cursor;
    private long freed;

    /** The last stripe whose busy pages are waited for. */
    private int awaited = -1;

    private boolean waited;

    /** Waiting has made no room: those who listen are too slow, and miss the rest. */
    private boolean gaveUp;

    void run() {
      while (at < space.stripes().length) {
        if (awaited < at) {
          awaited = at;
          awaitBusy(space.stripes()[at], busy);
        }
        if (!freeBlock(space.stripes()[at])) {
          waited = true;
          space.freeNotes().whenTold(this::run);
          return;
        }
        waited = false;
        copies.release();
        if (cursor < 0) {
          at++;
          cursor = 0;
        }
      }
      Future.join(busy).onComplete(done -> promise.complete(freed));
    }

    /** Frees a block of a stripe; false: there is no room for noting it. */
    @SuppressWarnings("GuardedBy") // the sweep's visitor runs within it, locked
    private boolean freeBlock(Stripe stripe) {
      List<Long> offsets = new ArrayList<>();
      stripe.lock.lock();
      try {
        if (!gaveUp && !space.freeNotes().hasRoom(at)) {
          if (!waited) {
            return false;
          }
          gaveUp = true;
        }
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
      return true;
    }
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
    return lowest(from, max, SpaceSweep::isPresent);
  }

  /** The lowest offsets that have a slot, whatever its state is. */
  Future<long[]> slots(long from, int max) {
    return lowest(from, max, word -> true);
  }

  private static boolean isPresent(long word) {
    int state = SlotWord.state(word);
    return state == SlotWord.PRESENT || state == SlotWord.LOST;
  }

  private Future<long[]> lowest(long from, int max, LongPredicate wanted) {
    Promise<long[]> promise = Promise.promise();
    space.dispatcher().scheduler().execute(() -> promise.complete(lowestNow(from, max, wanted)));
    return promise.future();
  }

  @SuppressWarnings("GuardedBy") // the walk holds the stripe's lock
  private long[] lowestNow(long from, int max, LongPredicate wanted) {
    // The largest of the lowest is on top, to give way to a lower one.
    PriorityQueue<Long> lowest = new PriorityQueue<>((a, b) -> Long.compare(b, a));
    new TableWalk(List.of(space))
        .all((stripe, ref) -> {
          long offset = stripe.slots.key(ref);
          if (offset < from || !wanted.test(stripe.slots.word(ref))) {
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

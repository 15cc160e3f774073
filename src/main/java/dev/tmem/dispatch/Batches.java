package dev.tmem.dispatch;

import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operations on many pages of a space. To load and to invalidate, the pages are gathered by stripe,
 * and each stripe is locked once for its pages, or as often as {@link #MAX_PAGES_LOCKED} goes into
 * them. Of two entries for one page the first takes effect first.
 *
 * <p>Thread-safe; holds no state.
 */
final class Batches {

  /** Pages that are worked on in one go under a stripe's lock: some tens of microseconds. */
  static final int MAX_PAGES_LOCKED = 16;

  /** Some pages of one stripe: the positions from one place on, up to another. */
  private interface Visitor {
    void visit(Stripe stripe, int[] positions, int from, int to);
  }

  private final PageSpace space;

  Batches(PageSpace space) {
    this.space = space;
  }

  /**
   * Stores; those that need a slow backend are put there together. Stripes are locked for each
   * page: pages are compressed outside the lock, one after the other in one scratch, and to keep
   * sixteen of them until they can go in under one lock would cost a copy each, which is more than
   * a lock.
   */
  List<Future<Void>> storeAll(long[] offsets, List<ByteBuffer> pages) {
    StoreRound round = new StoreRound();
    List<Future<Void>> stores = new ArrayList<>(offsets.length);
    for (int i = 0; i < offsets.length; i++) {
      stores.add(space.store(offsets[i], pages.get(i), round));
    }
    round.go();
    return stores;
  }

  /** Loads; those that lie in one slow backend are asked for together. */
  List<Future<@Nullable Loaded>> loadAll(long[] offsets) {
    int pageSize = space.config().pageSize();
    List<Fetch> toStart = new ArrayList<>();
    List<Future<@Nullable Loaded>> loads =
        new ArrayList<>(Collections.nCopies(offsets.length, Future.succeededFuture()));
    // made before the lock is taken: memory may have to be cleared or found
    byte[][] pages = new byte[Math.min(offsets.length, MAX_PAGES_LOCKED)][];
    byStripe(
        offsets,
        (stripe, positions, from, to) -> {
          for (int i = from; i < to; i++) {
            pages[i - from] = new byte[pageSize];
          }
          stripe.lock.lock();
          try {
            for (int i = from; i < to; i++) {
              int at = positions[i];
              loads.set(at, space.loadLocked(stripe, offsets[at], pages[i - from], toStart));
            }
          } finally {
            stripe.lock.unlock();
          }
        });
    Fetch.startAll(toStart);
    return loads;
  }

  /** Invalidates; what lies in one slow backend is freed together. */
  List<Future<Void>> invalidateAll(long[] offsets) {
    Freed freed = new Freed(space.dispatcher().backends());
    List<Future<Void>> done =
        new ArrayList<>(Collections.nCopies(offsets.length, Future.succeededFuture()));
    byStripe(
        offsets,
        (stripe, positions, from, to) -> {
          stripe.lock.lock();
          try {
            for (int i = from; i < to; i++) {
              int at = positions[i];
              done.set(at, space.invalidateLocked(stripe, offsets[at], freed));
            }
          } finally {
            stripe.lock.unlock();
          }
        });
    freed.release();
    return done;
  }

  /** Visits all positions, those of one stripe together and in their order. */
  private void byStripe(long[] offsets, Visitor visitor) {
    Stripe[] stripes = space.stripes();
    int[] ends = new int[stripes.length + 1];
    for (long offset : offsets) {
      ends[PageSpace.stripeIndex(offset) + 1]++;
    }
    for (int i = 1; i < ends.length; i++) {
      ends[i] += ends[i - 1];
    }
    int[] next = Arrays.copyOf(ends, stripes.length);
    int[] sorted = new int[offsets.length];
    for (int at = 0; at < offsets.length; at++) {
      sorted[next[PageSpace.stripeIndex(offsets[at])]++] = at;
    }
    for (int i = 0; i < stripes.length; i++) {
      for (int from = ends[i]; from < ends[i + 1]; from += MAX_PAGES_LOCKED) {
        int to = Math.min(ends[i + 1], from + MAX_PAGES_LOCKED);
        visitor.visit(stripes[i], sorted, from, to);
      }
    }
  }
}

package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.TmemException;
import dev.tmem.codec.CodecScratch;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Operations on many pages of a space. The pages are gathered by stripe, and each stripe is locked
 * once for its pages, or as often as {@link #MAX_PAGES_LOCKED} goes into them. Of two entries for
 * one page the first takes effect first.
 *
 * <p>Thread-safe; holds no state.
 */
final class Batches {

  /** Pages that are worked on in one go under a stripe's lock: some tens of microseconds. */
  static final int MAX_PAGES_LOCKED = 16;

  /**
   * Zpages that are put before they get their slots: until then nobody can move them down, and the
   * pages that they replace are still there. Some for each stripe.
   */
  static final int MAX_PAGES_AHEAD = 512;

  /** Some pages of one stripe: the positions from one place on, up to another. */
  private interface Visitor {
    void visit(Stripe stripe, int[] positions, int from, int to);
  }

  private final PageSpace space;

  Batches(PageSpace space) {
    this.space = space;
  }

  /** Stores; those that need a slow backend are put there together. */
  List<Future<Void>> storeAll(long[] offsets, List<ByteBuffer> pages) {
    List<Future<Void>> stores =
        new ArrayList<>(Collections.nCopies(offsets.length, Future.succeededFuture()));
    StoreRound round = new StoreRound();
    UnderWay underWay = space.dispatcher().underWay();
    for (int from = 0; from < offsets.length; from += MAX_PAGES_AHEAD) {
      int to = Math.min(offsets.length, from + MAX_PAGES_AHEAD);
      UnderWay.Period period = underWay.begin();
      try {
        new Stores(offsets, pages, stores, round).run(from, to);
      } finally {
        underWay.end(period);
      }
    }
    round.go();
    return stores;
  }

  /**
   * Pages on their way into their slots: they are compressed and put under no lock, since a zpage
   * without a slot is nobody else's business, and then get their slots stripe by stripe. Those for
   * which that cannot be done are stored one by one. Confined to one call.
   */
  private final class Stores {
    private final long[] offsets;
    private final List<ByteBuffer> pages;
    private final List<Future<Void>> stores;
    private final StoreRound round;

    /** What is put and has no slot yet, by position. */
    private final @Nullable PutAhead[] ahead;

    private final Freed freed = new Freed(space.dispatcher().backends());

    Stores(long[] offsets, List<ByteBuffer> pages, List<Future<Void>> stores, StoreRound round) {
      this.offsets = offsets;
      this.pages = pages;
      this.stores = stores;
      this.round = round;
      this.ahead = new PutAhead[offsets.length];
    }

    void run(int from, int to) {
      try {
        int settled = from;
        for (int at = from; at < to; at++) {
          if (!putAhead(settled, at)) {
            settled = at + 1;
          }
        }
        settle(settled, to);
      } finally {
        giveUp(from, to);
        freed.release();
      }
    }

    /** Puts a page, or stores it after those from one position on: one may be of the same page. */
    private boolean putAhead(int settled, int at) {
      long offset = offsets[at];
      Compressed compressed;
      boolean forward;
      try (CodecScratch scratch = space.dispatcher().codec().acquire()) {
        scratch.compress(pages.get(at));
        forward = space.forwards(scratch);
        ahead[at] = forward ? null : space.ramStores().putAhead(scratch);
        if (ahead[at] != null) {
          return true;
        }
        settle(settled, at);
        if (space.storeInRam(offset, scratch, forward)) {
          stores.set(at, space.paid());
          return false;
        }
        compressed = Compressed.copyOf(scratch);
      } catch (TmemException e) {
        stores.set(at, Future.failedFuture(e));
        return false;
      }
      stores.set(at, space.storeSlowly(offset, compressed, forward, round));
      return false;
    }

    private void settle(int from, int to) {
      if (from < to) {
        byStripe(offsets, from, to, this::settle);
      }
    }

    private void settle(Stripe stripe, int[] positions, int from, int to) {
      int next = from;
      stripe.lock.lock();
      try {
        for (int i = from; i < to; i++) {
          stripe.slots.touch(offsets[positions[i]]); // all are on their way from memory together
        }
        while (next < to && settle(stripe, positions[next])) {
          next++;
        }
      } finally {
        stripe.lock.unlock();
      }
      for (int i = from; i < next; i++) {
        stores.set(positions[i], space.paid());
      }
      for (int i = next; i < to; i++) {
        free(positions[i]);
        storeAlone(positions[i]);
      }
    }

    @GuardedBy("stripe.lock")
    private boolean settle(Stripe stripe, int at) {
      PutAhead page = Objects.requireNonNull(ahead[at]);
      if (!space.ramStores().settle(stripe, offsets[at], page, freed)) {
        return false;
      }
      ahead[at] = null;
      page.count(space.counters());
      return true;
    }

    private void storeAlone(int at) {
      stores.set(at, space.store(offsets[at], pages.get(at), round));
    }

    private void free(int at) {
      PutAhead page = ahead[at];
      if (page != null) {
        ahead[at] = null;
        page.free();
      }
    }

    /** What has got no slot, since something went wrong. */
    private void giveUp(int from, int to) {
      for (int at = from; at < to; at++) {
        free(at);
      }
    }
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
        0,
        offsets.length,
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
        0,
        offsets.length,
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

  /** Visits the positions in a range, those of one stripe together and in their order. */
  private void byStripe(long[] offsets, int first, int end, Visitor visitor) {
    Stripe[] stripes = space.stripes();
    int[] ends = new int[stripes.length + 1];
    for (int at = first; at < end; at++) {
      ends[PageSpace.stripeIndex(offsets[at]) + 1]++;
    }
    for (int i = 1; i < ends.length; i++) {
      ends[i] += ends[i - 1];
    }
    int[] next = Arrays.copyOf(ends, stripes.length);
    int[] sorted = new int[end - first];
    for (int at = first; at < end; at++) {
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

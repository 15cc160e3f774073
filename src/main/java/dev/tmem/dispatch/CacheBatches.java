package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.codec.CodecScratch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operations on many pages of an object of a clean cache. Pages are gathered by stripe, and each
 * stripe is locked once for its pages, or as often as the most that are worked on under one lock go
 * into them.
 *
 * <p>Thread-safe; holds no state.
 */
final class CacheBatches {

  /**
   * Zpages that are put before they get their slots: until then nobody can drop them, and the pages
   * that they replace are still there.
   */
  static final int ROUND_PAGES = 64;

  private final CachePages cache;
  private final PageSpace space;

  CacheBatches(CachePages cache, PageSpace space) {
    this.cache = cache;
    this.space = space;
  }

  /** Positions in a batch, gathered by stripe. */
  private static List<List<Integer>> byStripe(int[] indexes, int from, int to) {
    List<List<Integer>> parts = new ArrayList<>(CachePages.SPREAD);
    for (int step = 0; step < CachePages.SPREAD; step++) {
      parts.add(new ArrayList<>());
    }
    for (int at = from; at < to; at++) {
      parts.get(CachePages.step(indexes[at])).add(at);
    }
    return parts;
  }

  // ---- Get

  /** {@link CachePages#get} of many pages, in the order asked. */
  List<@Nullable Loaded> getAll(long first, long second, int[] indexes) {
    @Nullable Loaded[] found = new Loaded[indexes.length];
    for (List<Integer> part : byStripe(indexes, 0, indexes.length)) {
      for (int from = 0; from < part.size(); from += Batches.MAX_PAGES_LOCKED) {
        int to = Math.min(part.size(), from + Batches.MAX_PAGES_LOCKED);
        getSome(first, second, indexes, part.subList(from, to), found);
      }
    }
    return Arrays.<@Nullable Loaded>asList(found);
  }

  private void getSome(
      long first, long second, int[] indexes, List<Integer> positions, @Nullable Loaded[] found) {
    // made before the lock is taken: memory may have to be cleared or found
    byte[][] rooms = new byte[positions.size()][space.config().pageSize()];
    int hits = 0;
    Stripe stripe = cache.stripe(first, indexes[positions.getFirst()]);
    stripe.lock.lock();
    try {
      space.checkOpen();
      for (int i = 0; i < rooms.length; i++) {
        int at = positions.get(i);
        Loaded loaded = cache.read(stripe, first, second, indexes[at], rooms[i]);
        found[at] = loaded;
        hits += loaded == null ? 0 : 1;
      }
    } finally {
      stripe.lock.unlock();
    }
    space.counters().loads.add(hits);
    space.counters().failedLoads.add(rooms.length - hits);
  }

  // ---- Put

  /**
   * {@link CachePages#put} of many pages. They are compressed one after the other, and put outside
   * every lock: a zpage without a slot is nobody's business. Then they get their slots.
   *
   * @param indexes without repetition
   */
  void putAll(long first, long second, int[] indexes, List<ByteBuffer> pages) {
    for (int from = 0; from < indexes.length; from += ROUND_PAGES) {
      int to = Math.min(indexes.length, from + ROUND_PAGES);
      UnderWay.Period period = space.dispatcher().underWay().begin();
      try {
        new Round(first, second, indexes).run(pages, from, to);
      } finally {
        space.dispatcher().underWay().end(period);
      }
    }
  }

  /** Up to {@link #ROUND_PAGES} pages on their way into their slots. Confined to one call. */
  private final class Round {
    private final long first;
    private final long second;
    private final int[] indexes;

    /** What has been put, by position in the batch; null: it went a way of its own. */
    private final @Nullable PutAhead[] kept;

    Round(long first, long second, int[] indexes) {
      this.first = first;
      this.second = second;
      this.indexes = indexes;
      this.kept = new PutAhead[indexes.length];
    }

    void run(List<ByteBuffer> pages, int from, int to) {
      try (CodecScratch scratch = space.dispatcher().codec().acquire()) {
        for (int at = from; at < to; at++) {
          scratch.compress(pages.get(at));
          kept[at] = cache.putAhead(scratch);
          if (kept[at] == null) {
            cache.put(first, second, indexes[at], scratch);
          }
        }
        for (List<Integer> part : byStripe(indexes, from, to)) {
          part.removeIf(at -> kept[at] == null);
          for (int at = 0; at < part.size(); at += Batches.MAX_PAGES_LOCKED) {
            int end = Math.min(part.size(), at + Batches.MAX_PAGES_LOCKED);
            settle(cache.stripe(first, indexes[part.get(at)]), part.subList(at, end));
          }
        }
      } finally {
        giveUp(from, to);
      }
    }

    private void settle(Stripe stripe, List<Integer> part) {
      stripe.lock.lock();
      try {
        space.checkOpen();
        for (int at : part) {
          settle(stripe, at);
        }
      } finally {
        stripe.lock.unlock();
      }
    }

    @GuardedBy("stripe.lock")
    private void settle(Stripe stripe, int at) {
      PutAhead page = kept[at];
      if (page != null) {
        kept[at] = null;
        cache.settle(stripe, first, second, indexes[at], page);
      }
    }

    /** What has got no slot, since the cache was closed meanwhile or something went wrong. */
    private void giveUp(int from, int to) {
      for (int at = from; at < to; at++) {
        PutAhead page = kept[at];
        if (page != null) {
          page.free();
        }
      }
    }
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * How often a batch takes locks: once for each stripe that it has pages in, or as often as sixteen
 * pages go into those it has there.
 */
class BatchRoundsTest extends CacheFixture {

  private static final int PAGES_LOCKED = 16;
  private static final int OBJECT = 5;

  /** Counts how often it is taken. */
  private static final class CountedLock extends StripeLock {
    int rounds;

    @Override
    public void lock() {
      super.lock();
      rounds++;
    }
  }

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  /** Of an empty space. */
  private static void countRounds(PageSpace space) {
    Arrays.setAll(
        space.stripes(), i -> new Stripe(space, space.counters().of(i), new CountedLock()));
  }

  private static int rounds(PageSpace space) {
    return Arrays.stream(space.stripes())
        .mapToInt(stripe -> ((CountedLock) stripe.lock).rounds)
        .sum();
  }

  private void takes(PageSpace space, int rounds, String what, Runnable batch) {
    int before = rounds(space);
    batch.run();
    assertEquals(rounds, rounds(space) - before, what + ", seed " + seed);
  }

  /**
   * What a batch is to take.
   *
   * @param together pages that are gathered at a time
   * @param stripes of the page at a position
   */
  private static int expected(int pages, int together, IntUnaryOperator stripes) {
    int rounds = 0;
    for (int from = 0; from < pages; from += together) {
      int[] byStripe = new int[1 << PageSpace.STRIPE_BITS];
      for (int at = from; at < Math.min(pages, from + together); at++) {
        byStripe[stripes.applyAsInt(at)]++;
      }
      rounds += Arrays.stream(byStripe).map(n -> (n + PAGES_LOCKED - 1) / PAGES_LOCKED).sum();
    }
    return rounds;
  }

  private void batches(PageSpace space, long[] offsets) {
    IntUnaryOperator stripes = at -> PageSpace.stripeIndex(offsets[at]);
    int stores = expected(offsets.length, Batches.MAX_PAGES_AHEAD, stripes);
    int others = expected(offsets.length, offsets.length, stripes);
    for (int version = 1; version < 3; version++) {
      List<ByteBuffer> pages = Arrays.stream(offsets).mapToObj(offset -> page(offset, 1)).toList();
      takes(space, stores, "stores", () -> succeed(space.storeAll(offsets, pages)));
    }
    takes(space, others, "loads", () -> succeed(space.loadAll(offsets)));
    takes(space, others, "invalidates", () -> succeed(space.invalidateAll(offsets)));
    takes(space, others, "loads of nothing", () -> succeed(space.loadAll(offsets)));
  }

  private static void succeed(List<? extends Future<?>> done) {
    done.forEach(future -> assertTrue(future.succeeded()));
  }

  @Test
  void aBatchLocksEachStripeOnceForSixteenPages() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.NONE);
    countRounds(space);
    int stripe = PageSpace.stripeIndex(0);
    for (int count : new int[] {1, 15, 16, 17, 32, 3 * PAGES_LOCKED + 1}) {
      batches(
          space,
          IntStream.range(0, 1_000_000)
              .filter(offset -> PageSpace.stripeIndex(offset) == stripe)
              .limit(count)
              .asLongStream()
              .toArray());
    }
    for (int i = 0; i < 20; i++) {
      int within = 1 << (1 + random.nextInt(16));
      batches(space, random.longs(1 + random.nextInt(700), 0, within).toArray());
    }
  }

  @Test
  void aBatchOfACacheLocksEachStripeOnceForSixteenPages() {
    register(node.zram);
    CachePages cache = cache("c");
    PageSpace space = node.dispatcher.spaces().getFirst();
    countRounds(space);
    for (int count : new int[] {1, 16, 17, 49, 64, 65, 200}) {
      cacheBatches(cache, space, IntStream.range(0, count).toArray());
    }
    for (int i = 0; i < 20; i++) {
      int within = 1 << (8 + random.nextInt(10));
      int count = 1 + random.nextInt(200);
      cacheBatches(cache, space, random.ints(0, within).distinct().limit(count).toArray());
    }
  }

  private void cacheBatches(CachePages cache, PageSpace space, int[] indexes) {
    IntUnaryOperator stripes = at -> CachePages.step(indexes[at]);
    int gets = expected(indexes.length, indexes.length, stripes);
    List<ByteBuffer> pages =
        Arrays.stream(indexes).mapToObj(index -> content(OBJECT, index, 1)).toList();
    takes(space, gets, "gets of nothing", () -> cache.getAll(0, OBJECT, indexes));
    for (int version = 1; version < 3; version++) {
      takes(
          space,
          expected(indexes.length, CacheBatches.ROUND_PAGES, stripes),
          "puts",
          () -> cache.putAll(0, OBJECT, indexes, pages));
    }
    takes(
        space,
        gets,
        "gets",
        () -> assertTrue(cache.getAll(0, OBJECT, indexes).stream().allMatch(page -> page != null)));
    await(cache.invalidateObject(0, OBJECT));
  }
}

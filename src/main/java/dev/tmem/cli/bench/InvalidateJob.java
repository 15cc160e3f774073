package dev.tmem.cli.bench;

import dev.tmem.CleanCache;
import dev.tmem.ObjectKey;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What it costs to forget an object of a clean cache, in a large cache and in a small one. Confined
 * to the main thread.
 */
final class InvalidateJob implements Job {

  private static final double GOAL = 1.5;

  /** Pages of one object. */
  static final int OBJECT_PAGES = 1000;

  /** How many small caches the large one is. */
  private static final int TIMES = 100;

  /** Objects that are forgotten in one pair: each takes less than a turn of the system's clock. */
  private static final int OBJECTS = 100;

  private static final int DISTINCT_PAGES = 10_000;
  private static final int[] INDEXES = IntStream.range(0, OBJECT_PAGES).toArray();

  /** A cache of so many objects. Confined to the main thread. */
  private static final class Cache {
    private final CleanCache cache;
    private final int count;
    private final List<Buffer> pages;
    private int next;

    Cache(CleanCache cache, int count, List<Buffer> pages) {
      this.cache = cache;
      this.count = count;
      this.pages = pages;
      for (int i = 0; i < count; i++) {
        put(ObjectKey.of((long) i));
      }
    }

    private void put(ObjectKey key) {
      cache.putAll(key, INDEXES, pages).await();
    }

    /** Forgets the next object, and puts it back, which is not timed. */
    long forgetNext() {
      ObjectKey key = ObjectKey.of((long) next);
      next = (next + 1) % count;
      check(key, pages.getFirst());
      long began = System.nanoTime();
      cache.invalidateObject(key).await();
      long nanos = System.nanoTime() - began;
      check(key, null);
      put(key);
      return nanos;
    }

    private void check(ObjectKey key, @Nullable Buffer wanted) {
      Buffer page = cache.get(key, 0).await();
      if (!Objects.equals(page, wanted)) {
        throw new IllegalStateException("object " + key + " is not what it should be");
      }
    }
  }

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int large = (int) Math.max(2, run.pages() / OBJECT_PAGES);
    int small = Math.max(1, large / TIMES);
    try (Corpus corpus = Corpus.build(DISTINCT_PAGES, run.seed());
        TestedNode node = TestedNode.start((long) (large + small) * OBJECT_PAGES)) {
      List<Buffer> pages = IntStream.range(0, OBJECT_PAGES).mapToObj(corpus::page).toList();
      Cache inLarge = new Cache(node.cache("large"), large, pages);
      Cache inSmall = new Cache(node.cache("small"), small, pages);
      Pairs pairs = new Pairs();
      for (int i = 0; i < Alternation.WARM_UPS + Alternation.PAIRS; i++) {
        long ours = 0;
        long beside = 0;
        for (int j = 0; j < OBJECTS; j++) {
          ours += inLarge.forgetNext();
          beside += inSmall.forgetNext();
        }
        if (i >= Alternation.WARM_UPS) {
          pairs.add(ours / 1e3 / OBJECTS, beside / 1e3 / OBJECTS);
        }
        run.progress(
            "invalidate-object: pass %d of %d, %.2f of the small cache"
                .formatted(
                    i + 1, Alternation.WARM_UPS + Alternation.PAIRS, (double) ours / beside));
      }
      return List.of(
          new Row(
              "invalidate-object",
              pairs.ours(),
              pairs.beside(),
              "us",
              pairs.ratio(),
              GOAL,
              Better.LOWER,
              Map.of()));
    }
  }
}

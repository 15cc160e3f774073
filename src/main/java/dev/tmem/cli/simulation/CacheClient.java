package dev.tmem.cli.simulation;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ObjectKey;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Uses the private clean cache of a node, one at a time on each, and holds what comes back against
 * C3: a get returns what was put last or nothing, and after nothing it returns nothing until the
 * next put. Nothing but to invalidate all of it ever waits, so answers are there at once.
 *
 * <p>Confined to the thread of its schedule.
 */
final class CacheClient {

  private static final int OBJECTS = 3;
  private static final int INDEXES = 8;
  private static final int BATCH = 8;
  private static final int BURST = 24;
  private static final int CLOSED_ONE_IN = 20;

  /** One page. */
  private record Page(int object, int index) {

    ObjectKey key() {
      return ObjectKey.of(object);
    }

    long offset() {
      return (long) object * INDEXES + index;
    }
  }

  /** One life of a cache, and what it may have. */
  private static final class Known {
    private final int number;
    private final CleanCacheOptions options;
    private final Map<Page, Integer> newest = new HashMap<>();
    private @Nullable CleanCache cache;

    Known(int number, CleanCacheOptions options) {
      this.number = number;
      this.options = options;
    }
  }

  private final Cluster cluster;
  private final SplittableRandom random;
  private final Map<LiveNode, Known> caches = new HashMap<>();
  private int lastVersion;

  CacheClient(Cluster cluster, SplittableRandom random) {
    this.cluster = cluster;
    this.random = random;
  }

  /** Some operations on that node's cache, one right after the other. */
  void some(LiveNode node) {
    Known known = caches.get(node);
    if (known == null) {
      open(node);
      return;
    }
    CleanCache cache = known.cache;
    int operations = 1 + random.nextInt(BURST);
    while (cache != null && operations-- > 0) {
      operate(known, cache);
    }
    if (cache != null && random.nextInt(CLOSED_ONE_IN) == 0) {
      caches.remove(node);
      cache.close();
    }
  }

  private void open(LiveNode node) {
    CleanCacheOptions options = cluster.temper().cacheOptions(random);
    Known known = new Known(cluster.nextAreaNumber(), options);
    caches.put(node, known);
    node.openCache("c", options)
        .map(opened -> cluster.wiring().cache(opened))
        .onComplete(
            opened -> known.cache = opened,
            error -> report(known, new Page(0, 0), "it was not opened: " + error));
  }

  private void operate(Known known, CleanCache cache) {
    Page page = new Page(random.nextInt(OBJECTS), random.nextInt(INDEXES));
    int draw = random.nextInt(100);
    if (draw < 40) {
      put(known, cache, page);
    } else if (draw < 75) {
      seen(known, page, now(known, page, cache.get(page.key(), page.index())));
    } else if (draw < 84) {
      putAll(known, cache, page);
    } else if (draw < 90) {
      getAll(known, cache, page);
    } else if (draw < 95) {
      known.newest.remove(page);
      now(known, page, cache.invalidatePage(page.key(), page.index()));
    } else if (draw < 98) {
      known.newest.keySet().removeIf(other -> other.object() == page.object());
      now(known, page, cache.invalidateObject(page.key()));
    } else if (random.nextInt(4) == 0) {
      invalidateAll(known, cache);
    }
  }

  private Buffer content(Known known, Page page) {
    known.newest.put(page, ++lastVersion);
    long word = PageContent.word(known.number, page.offset(), lastVersion);
    return Buffer.buffer(PageContent.of(word, known.options.getPageSize()));
  }

  private void put(Known known, CleanCache cache, Page page) {
    now(known, page, cache.put(page.key(), page.index(), content(known, page)));
  }

  private static int[] indexes(Page first) {
    int count = Math.min(BATCH, INDEXES - first.index());
    int[] indexes = new int[count];
    Arrays.setAll(indexes, i -> first.index() + i);
    return indexes;
  }

  private void putAll(Known known, CleanCache cache, Page first) {
    int[] indexes = indexes(first);
    List<Buffer> pages = new ArrayList<>();
    for (int index : indexes) {
      pages.add(content(known, new Page(first.object(), index)));
    }
    now(known, first, cache.putAll(first.key(), indexes, pages));
  }

  private void getAll(Known known, CleanCache cache, Page first) {
    int[] indexes = indexes(first);
    List<@Nullable Buffer> pages = now(known, first, cache.getAll(first.key(), indexes));
    for (int i = 0; pages != null && i < indexes.length; i++) {
      seen(known, new Page(first.object(), indexes[i]), pages.get(i));
    }
  }

  /** The only one that may take a while: until it has ended, older pages may be there still. */
  private void invalidateAll(Known known, CleanCache cache) {
    int last = lastVersion;
    cache
        .invalidateAll()
        .onSuccess(done -> known.newest.values().removeIf(version -> version <= last));
  }

  /** What an operation has come to, which it has to have by now. */
  private <T extends @Nullable Object> @Nullable T now(Known known, Page page, Future<T> done) {
    if (!done.succeeded()) {
      String end = done.failed() ? "failed with " + done.cause() : "has not ended at once";
      report(known, page, "an operation " + end);
    }
    return done.result();
  }

  private void seen(Known known, Page page, @Nullable Buffer found) {
    Integer newest = known.newest.get(page);
    if (found == null || known.options.isExclusiveGets()) {
      known.newest.remove(page);
    }
    if (found == null) {
      return;
    }
    if (newest == null) {
      report(known, page, "it came back after it was gone");
      return;
    }
    long word = PageContent.word(known.number, page.offset(), newest);
    if (!Arrays.equals(found.getBytes(), PageContent.of(word, known.options.getPageSize()))) {
      report(known, page, "it is not version " + newest + ", which was put last");
    }
  }

  private void report(Known known, Page page, String what) {
    cluster.report(new Violation("C3", page + " of cache #" + known.number + ": " + what));
  }
}

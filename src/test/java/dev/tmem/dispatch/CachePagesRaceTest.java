package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.Until;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Clean caches under several threads, in a pool that is too small, so that pages are dropped all
 * the time. A page's content says which put it is of; puts of one page are numbered, and made by
 * one thread each.
 */
class CachePagesRaceTest {

  private static final int PAGES = 96;
  private static final int ROUNDS = 15_000;

  private final ThreadScheduler scheduler = new ThreadScheduler(2);
  private final TestNode node = new TestNode(scheduler, 2L << 20);
  private final ExecutorService threads = Executors.newFixedThreadPool(4);

  /** By page: the last put that was begun, the last that is over, and what is surely gone. */
  private final AtomicLongArray begun = new AtomicLongArray(PAGES);

  private final AtomicLongArray over = new AtomicLongArray(PAGES);
  private final AtomicLongArray gone = new AtomicLongArray(PAGES);

  @AfterEach
  void close() {
    threads.shutdownNow();
    scheduler.close();
    node.close();
  }

  private CachePages open(CacheConfig config) {
    node.dispatcher.register(node.zram).await();
    SpaceConfig space = new SpaceConfig("c", 4096, false, Protection.NONE);
    return node.dispatcher.open(space, config).await().cache();
  }

  /** Each page in an object of ten; noise, so that it takes room. */
  private static ByteBuffer content(int page, long number) {
    ByteBuffer content = ByteBuffer.allocate(4096);
    SplittableRandom random = new SplittableRandom(page * 31L + number);
    while (content.hasRemaining()) {
      content.putLong(random.nextLong());
    }
    return content.putLong(0, number).putLong(4088, number).flip();
  }

  private void putNext(CachePages cache, int page) {
    long number = begun.incrementAndGet(page);
    cache.put(7, page / 10, page * 13, content(page, number));
    over.set(page, number);
  }

  private void get(CachePages cache, int page) {
    long floor = over.get(page);
    long dead = gone.get(page);
    Loaded loaded = cache.get(7, page / 10, page * 13);
    long newest = begun.get(page);
    if (loaded == null) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(loaded.bytes());
    long number = bytes.getLong(0);
    assertEquals(number, bytes.getLong(4088), "a torn page");
    assertTrue(number >= floor, "put " + number + " after put " + floor + " was over");
    assertTrue(number > dead, "put " + number + " after " + dead + " was invalidated");
    assertTrue(number <= newest, "put " + number + " of " + newest);
  }

  private void race(List<Callable<Void>> tasks) throws Exception {
    CountDownLatch start = new CountDownLatch(tasks.size());
    List<Future<Void>> running = new ArrayList<>();
    for (Callable<Void> task : tasks) {
      running.add(
          threads.submit(() -> {
            start.countDown();
            start.await();
            return task.call();
          }));
    }
    for (Future<Void> one : running) {
      one.get();
    }
  }

  private Callable<Void> puts(CachePages cache, int from, int to) {
    return () -> {
      SplittableRandom random = new SplittableRandom(from);
      for (int i = 0; i < ROUNDS; i++) {
        putNext(cache, random.nextInt(from, to));
      }
      return null;
    };
  }

  private Callable<Void> gets(CachePages cache) {
    return () -> {
      SplittableRandom random = new SplittableRandom(99);
      for (int i = 0; i < ROUNDS; i++) {
        get(cache, random.nextInt(PAGES));
      }
      return null;
    };
  }

  /** Pages of one object are put by one thread, which also knows what it has seen the end of. */
  private Callable<Void> invalidates(CachePages cache) {
    return () -> {
      SplittableRandom random = new SplittableRandom(5);
      for (int i = 0; i < ROUNDS / 10; i++) {
        int page = random.nextInt(PAGES);
        if (random.nextInt(3) > 0) {
          long seen = over.get(page);
          cache.invalidatePage(7, page / 10, page * 13);
          gone.accumulateAndGet(page, seen, Math::max);
        } else {
          int first = page / 10 * 10;
          int last = Math.min(first + 10, PAGES);
          long[] seen = new long[last - first];
          for (int p = first; p < last; p++) {
            seen[p - first] = over.get(p);
          }
          cache.invalidateObject(7, page / 10).await();
          for (int p = first; p < last; p++) {
            gone.accumulateAndGet(p, seen[p - first], Math::max);
          }
        }
      }
      return null;
    };
  }

  @Test
  void noThreadEverSeesAnOldPage() throws Exception {
    CachePages cache = open(new CacheConfig(false, 0));
    CachePages filler =
        node.dispatcher
            .open(new SpaceConfig("filler", 4096, false, Protection.NONE), new CacheConfig(true, 0))
            .await()
            .cache();
    AtomicLong fills = new AtomicLong();
    race(
        List.of(
            puts(cache, 0, 50),
            puts(cache, 50, PAGES),
            gets(cache),
            () -> {
              invalidates(cache).call();
              for (int i = 0; i < ROUNDS / 3; i++) {
                filler.put(1, i % 700, 0, content(i, fills.incrementAndGet()));
              }
              return null;
            }));
    assertEquals(List.of(), node.dispatcher.check().await());
    assertTrue(
        node.dispatcher.cacheCounters().getOrDefault("pages_dropped", 0L) > 1_000,
        () -> node.dispatcher.cacheCounters().toString());
  }

  @Test
  void anExclusiveGetReturnsAPageToOneOnly() throws Exception {
    CachePages cache = open(new CacheConfig(true, 0));
    AtomicLong[] taken = new AtomicLong[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      taken[i] = new AtomicLong();
    }
    Callable<Void> takes =
        () -> {
          for (int i = 0; i < 2 * ROUNDS; i++) {
            Loaded loaded = cache.get(7, 1, i % 40);
            if (loaded != null) {
              taken[(int) ByteBuffer.wrap(loaded.bytes()).getLong(0)].incrementAndGet();
            }
          }
          return null;
        };
    race(
        List.of(
            takes,
            takes,
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                cache.put(7, 1, i % 40, content(i % 40, i));
              }
              return null;
            }));
    for (int i = 0; i < ROUNDS; i++) {
      assertTrue(taken[i].get() <= 1, "put " + i + " was taken " + taken[i] + " times");
    }
  }

  @Test
  void closingLeavesNothingWhateverIsUnderWay() throws Exception {
    for (int round = 0; round < 20; round++) {
      if (round == 0) {
        node.dispatcher.register(node.zram).await();
      }
      PageSpace space =
          node.dispatcher
              .open(new SpaceConfig("c", 4096, false, Protection.NONE), new CacheConfig(false, 1))
              .await();
      CachePages cache = space.cache();
      Callable<Void> works =
          () -> {
            try {
              for (int i = 0; i < 1_000_000; i++) {
                cache.put(7, i % 5, i % 300, content(i % 96, i));
                cache.get(7, i % 5, (i + 7) % 300);
                if (i % 50 == 0) {
                  cache.invalidateObject(7, i % 3);
                }
              }
            } catch (TmemException e) {
              assertEquals(ErrorCode.AREA_CLOSED, e.code());
            }
            return null;
          };
      race(
          List.of(
              works,
              works,
              () -> {
                Until.until(() -> space.counters().pages() >= 50, "fifty pages");
                node.dispatcher.close(space).await();
                return null;
              }));
      assertEquals(0, space.counters().pages());
      assertEquals(0L, node.zram.counters().get("compr_data_size"));
    }
    assertEquals(0, node.dispatcher.blocks().usedBytes());
  }
}

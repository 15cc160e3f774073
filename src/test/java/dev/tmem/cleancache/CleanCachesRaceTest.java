package dev.tmem.cleancache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.TmemException;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.ThreadScheduler;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Caches that are opened and closed by several at once. */
class CleanCachesRaceTest {

  private final ThreadScheduler scheduler = new ThreadScheduler(2);
  private final TestNode node = new TestNode(scheduler, 32L << 20);
  private final CleanCaches caches = new CleanCaches(node.dispatcher, 4);
  private final ExecutorService threads = Executors.newFixedThreadPool(3);

  @AfterEach
  void close() {
    threads.shutdownNow();
    scheduler.close();
    node.close();
  }

  /** Whoever has a handle can use it until he closes it, whatever the others close. */
  @Test
  void aHandleIsGoodUntilItIsClosed() throws Exception {
    node.dispatcher.register(node.zram).await();
    Callable<Integer> task =
        () -> {
          int hits = 0;
          for (int i = 0; i < 800; i++) {
            CleanCache cache = caches.open("c", new CleanCacheOptions()).await();
            cache.put(ObjectKey.of(1), i, Buffer.buffer("page")).await();
            hits += cache.get(ObjectKey.of(1), i).await() == null ? 0 : 1;
            cache.close().await();
          }
          return hits;
        };
    List<Future<Integer>> running = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      running.add(threads.submit(task));
    }
    for (Future<Integer> one : running) {
      assertEquals(800, one.get());
    }
    assertTrue(caches.list().isEmpty());
    assertEquals(0L, node.zram.counters().get("compr_data_size"));
    assertTrue(node.dispatcher.names().tryTake(1), "a name was not given back");
  }

  /** The node ends while caches are opened: each has ended, or its opener is told. */
  @Test
  void theEndOfTheNodeLeavesNoCache() throws Exception {
    node.dispatcher.register(node.zram).await();
    CleanCache held = caches.open("held", new CleanCacheOptions()).await();
    held.put(ObjectKey.of(1), 1, Buffer.buffer("page")).await();
    caches.endAll().await();
    TmemException error = null;
    try {
      held.get(ObjectKey.of(1), 1).await();
    } catch (TmemException e) {
      error = e;
    }
    assertTrue(error != null && error.code() == ErrorCode.AREA_CLOSED);
    held.close().await();
    assertEquals(0, node.dispatcher.spaces().size());
    assertTrue(node.dispatcher.names().tryTake(1), "a name was given back twice, or never");
  }
}

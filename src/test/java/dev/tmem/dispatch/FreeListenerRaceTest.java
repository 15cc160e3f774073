package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.FreedPages;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.Until;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Pages freed by several threads at once: each version is told, once, in order for its page. */
class FreeListenerRaceTest {

  private static final int ROUNDS = 5_000;

  private final ThreadScheduler scheduler = new ThreadScheduler(2);
  private final TestNode node = new TestNode(scheduler, 16L << 20);

  /** Confined to the telling, of which there is one at a time. */
  private final Map<Long, Long> last = new HashMap<>();

  private final AtomicInteger telling = new AtomicInteger();
  private final AtomicLong told = new AtomicLong();
  private final AtomicLong wrong = new AtomicLong();

  private void hear(FreedPages freed) {
    if (telling.incrementAndGet() != 1) {
      wrong.incrementAndGet();
    }
    for (int i = 0; i < freed.count(); i++) {
      Long before = last.put(freed.offset(i), freed.epoch(i));
      if (before != null && before >= freed.epoch(i)) {
        wrong.incrementAndGet();
      }
    }
    told.addAndGet(freed.count() + freed.missed());
    telling.decrementAndGet();
  }

  @Test
  void everyVersionIsToldOnceAndInOrder() throws Exception {
    Until.done(node.dispatcher.register(node.zram).map(true));
    PageSpace space =
        Until.done(node.dispatcher.open(new SpaceConfig("a", 4096, true, Protection.ANY)));
    space.onFreed(this::hear);
    AtomicLong failed = new AtomicLong();
    Callable<Boolean> work =
        () -> {
          for (int i = 0; i < ROUNDS; i++) {
            long offset = i % 37;
            try {
              if (i % 5 == 0) {
                Until.done(space.invalidate(offset).map(true));
              } else {
                space.storeNow(offset, ByteBuffer.wrap(Pages.of(1, offset, i, 256)));
              }
            } catch (TmemException e) {
              failed.incrementAndGet();
            }
          }
          return true;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (java.util.concurrent.Future<Boolean> task :
          threads.invokeAll(List.of(work, work, work))) {
        assertTrue(task.get());
      }
    }
    Until.done(node.dispatcher.close(space));
    assertEquals(0, failed.get());
    assertEquals(0, wrong.get());
    assertEquals(space.counters().snapshot().get("notify_free"), told.get());
    scheduler.close();
    node.close();
  }
}

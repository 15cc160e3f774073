package dev.tmem.cleancache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ObjectKey;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.TestNode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The option reaches the pages; by a clock that is given. */
class TimeToLiveOptionTest {

  private final ManualScheduler scheduler = new ManualScheduler();

  private <T extends @Nullable Object> T done(Future<T> future) {
    scheduler.until(future::isComplete);
    return future.result();
  }

  @Test
  void aPageEndsWithItsTime() {
    try (TestNode node = new TestNode(scheduler, 16L << 20)) {
      CleanCaches caches = new CleanCaches(node.dispatcher, 4);
      done(node.dispatcher.register(node.zram));
      CleanCache mortal =
          done(caches.open("mortal", new CleanCacheOptions().setTimeToLiveSeconds(3)));
      CleanCache lasting = done(caches.open("lasting", new CleanCacheOptions()));
      Buffer page = Buffer.buffer("page");
      done(mortal.put(ObjectKey.of(1), 1, page));
      done(lasting.put(ObjectKey.of(1), 1, page));
      scheduler.advance(2_900);
      assertEquals(page, done(mortal.get(ObjectKey.of(1), 1)));
      scheduler.advance(1_200);
      assertNull(done(mortal.get(ObjectKey.of(1), 1)));
      scheduler.advance(1_000_000);
      assertEquals(page, done(lasting.get(ObjectKey.of(1), 1)));
      done(caches.endAll());
    }
  }
}

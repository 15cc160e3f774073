package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.Protection;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/**
 * Stores of one page that get in line while those before them end: whoever ends one carries out the
 * next at once, maybe before the one who brought it has let go of it.
 */
class SlowStoreRaceTest {

  private static final int STORES = 10_000;
  private static final int THREADS = 2;
  private static final int AT_ONCE = 3;

  @Test
  void aStoreInLineBelongsToWhoServesIt() throws Exception {
    try (ThreadScheduler scheduler = new ThreadScheduler(2);
        TestNode node = new TestNode(scheduler, 4 << 20);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
      Until.done(node.dispatcher.register(disk));
      PageSpace space =
          Until.done(node.dispatcher.open(new SpaceConfig("a", 4096, true, Protection.ANY)));
      byte[] bytes = new byte[4096];
      new Random(1).nextBytes(bytes); // no store is over before the disk has the page
      Callable<Void> stores =
          () -> {
            List<Future<Void>> underWay = new ArrayList<>();
            for (int i = 0; i < STORES; i++) {
              underWay.add(space.store(1, ByteBuffer.wrap(bytes)));
              if (underWay.size() == AT_ONCE) {
                Until.done(Future.all(underWay));
                underWay.clear();
              }
            }
            return null;
          };
      for (var ended : threads.invokeAll(List.of(stores, stores))) {
        ended.get();
      }
      assertEquals(0, disk.doubleFrees.get());
      Until.until(() -> disk.size() == 1, "only the last version is left");
    }
  }
}

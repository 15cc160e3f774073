package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tmem.Protection;
import dev.tmem.RamShare;
import dev.tmem.TmemException;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Writers store faster than pages go down, each in an area of its own, while an operator changes
 * shares and the memory limit: every store ends, by paying or being placed, and every page is what
 * was stored last.
 */
class ReclaimRaceTest {

  private static final int WRITERS = 3;
  private static final int PAGES = 1_500;
  private static final int STORES = 2_000;
  private static final long LIMIT = 4L << 20;

  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final int[][] versions = new int[WRITERS][PAGES];

  @Test
  void everyStoreEndsAndEveryPageIsTheLast() throws Exception {
    long seed = System.nanoTime();
    System.out.println("ReclaimRaceTest seed " + seed);
    try (ThreadScheduler scheduler = new ThreadScheduler(2);
        TestNode node = new TestNode(scheduler, LIMIT)) {
      TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
      disk.delayMillis = () -> 1;
      join(node.dispatcher.register(node.zram));
      join(node.dispatcher.register(disk));
      List<PageSpace> spaces = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        spaces.add(
            join(node.dispatcher.open(new SpaceConfig("a" + i, 4096, true, Protection.ANY))));
      }
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        long own = seed + i;
        threads.add(
            Thread.ofPlatform().start(() -> guarded(() -> write(spaces.get(writer), writer, own))));
      }
      SplittableRandom operator = new SplittableRandom(seed - 1);
      while (threads.stream().anyMatch(Thread::isAlive)) {
        operate(node, spaces, operator);
        threads.getFirst().join(1);
      }
      assertNull(failure.get(), "seed " + seed);
      for (int writer = 0; writer < WRITERS; writer++) {
        check(spaces.get(writer), writer, seed);
        join(node.dispatcher.close(spaces.get(writer)));
      }
      assertEquals(0, node.dispatcher.reclaimState().waiting(), "seed " + seed);
    }
  }

  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  private void write(PageSpace space, int writer, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 1; i <= STORES && failure.get() == null; i++) {
      int offset = random.nextInt(PAGES);
      ByteBuffer page = ByteBuffer.wrap(Pages.of(writer, offset, i, 4096));
      if (!space.storeNow(offset, page)) {
        joinUnchecked(space.store(offset, page));
      }
      versions[writer][offset] = i;
    }
  }

  private static void operate(TestNode node, List<PageSpace> spaces, SplittableRandom random) {
    if (random.nextInt(3) == 0) {
      node.memory.setLimit(LIMIT * random.nextInt(70, 101) / 100);
      node.dispatcher.limitChanged();
      return;
    }
    RamShare cap = RamShare.percent(random.nextInt(5, 101));
    RamShare guaranteed = RamShare.percent(random.nextInt(0, 40));
    PageSpace space = spaces.get(random.nextInt(spaces.size()));
    Quota.Shares before = space.quota().shares();
    try {
      node.dispatcher.setShares(space, new Quota.Shares(guaranteed, cap));
    } catch (TmemException refused) {
      assertEquals(before, space.quota().shares());
    }
  }

  private void check(PageSpace space, int writer, long seed) throws Exception {
    for (int offset = 0; offset < PAGES; offset++) {
      Loaded loaded = join(space.load(offset));
      String where = "seed " + seed + ", page " + offset + " of writer " + writer;
      int version = versions[writer][offset];
      if (version == 0) {
        assertNull(loaded, where);
      } else {
        assertNotNull(loaded, where);
        assertArrayEquals(
            Pages.of(writer, offset, version, 4096),
            Arrays.copyOf(loaded.bytes(), loaded.length()),
            where);
      }
    }
  }

  private static <T extends @Nullable Object> T joinUnchecked(Future<T> future) {
    try {
      return join(future);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T extends @Nullable Object> T join(Future<T> future) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    future.onComplete(ended -> done.countDown());
    if (!done.await(Until.SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("it hangs");
    }
    if (future.cause() instanceof RuntimeException error) {
      throw error;
    }
    return future.result();
  }
}

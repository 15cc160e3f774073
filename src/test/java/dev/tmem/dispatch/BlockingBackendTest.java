package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.tmem.Protection;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A backend whose calls do not return: whoever calls goes on, and it is frozen. */
class BlockingBackendTest {

  /** Time passes when the test says so; work is done on threads of its own. Thread-safe. */
  private static final class Clock implements Scheduler {
    private final List<Runnable> timers = new ArrayList<>();

    @Override
    public long nanoTime() {
      return 1;
    }

    @Override
    public void execute(Runnable task) {
      Thread.ofVirtual().start(task);
    }

    @Override
    public synchronized Timer schedule(long delayMillis, Runnable task) {
      timers.add(task);
      return () -> cancel(task);
    }

    private synchronized void cancel(Runnable task) {
      timers.remove(task);
    }

    /** Everybody's time is over. */
    void fire() {
      List<Runnable> due;
      synchronized (this) {
        due = List.copyOf(timers);
        timers.clear();
      }
      due.forEach(Runnable::run);
    }
  }

  /** Waits in a put. */
  private static final class Stuck extends TwinBackend {
    final CountDownLatch release = new CountDownLatch(1);

    Stuck(Scheduler scheduler) {
      super("stuck", 200, LossDomain.NODE, scheduler);
    }

    @Override
    public boolean returnsAtOnce() {
      return false;
    }

    @Override
    public Future<long[]> put(List<Zpage> pages) {
      try {
        release.await();
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
      return super.put(pages);
    }
  }

  private static long heldBy(TestNode node) {
    return node.dispatcher.backendCounters("stuck").getOrDefault("calls_not_returned", -1L);
  }

  private static ByteBuffer page(int offset) {
    return ByteBuffer.wrap(Pages.of(1, offset, 1, 4096));
  }

  @Test
  void whoeverCallsGoesOnAndItIsFrozen() {
    Clock clock = new Clock();
    try (TestNode node = new TestNode(clock, 1 << 20)) {
      Stuck stuck = new Stuck(clock);
      TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, clock);
      Until.done(node.dispatcher.register(stuck));
      Until.done(node.dispatcher.register(disk));
      Future<PageSpace> opened =
          node.dispatcher.open(new SpaceConfig("a", 4096, true, Protection.ANY));
      Until.done(opened);
      PageSpace space = opened.result();
      for (int i = 0; i < BackendHealth.FAULTS_TO_FREEZE; i++) {
        Future<Void> store = space.store(i, page(i));
        assertFalse(store.isComplete());
        clock.fire();
        Until.done(store);
      }
      assertEquals("frozen", node.dispatcher.backendInfos().get(0).state());
      int held = BackendHealth.FAULTS_TO_FREEZE;
      assertEquals(held, heldBy(node));
      for (int i = 0; i < held; i++) {
        Future<Loaded> load = space.load(i).map(loaded -> loaded);
        Until.done(load);
        assertNotNull(load.result());
        byte[] bytes = Arrays.copyOf(load.result().bytes(), load.result().length());
        assertArrayEquals(page(i).array(), bytes);
      }
      stuck.release.countDown();
      Until.until(() -> heldBy(node) == 0, "its calls return");
      Until.until(() -> stuck.size() == 0, "what was put too late is freed");
    }
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Areas are opened and closed, and backends registered, at the same moment, over and over: every
 * backend knows of every open area, and has heard once of the end of each that it knew.
 */
class C6RegistrationRaceTest {

  private static final int ROUNDS = 300;

  /** A backend can take part in so many rounds, until it is deregistered. */
  private static final int LIFE = 10;

  @Test
  void everyBackendKnowsEveryOpenAreaAndNoClosedOne() throws Exception {
    try (ThreadScheduler scheduler = new ThreadScheduler(3);
        TestNode node = new TestNode(scheduler, 8L << 20)) {
      List<TwinBackend> backends = new ArrayList<>();
      PageSpace before = Until.done(open(node, "before"));
      for (int round = 0; round < ROUNDS; round++) {
        PageSpace closing = before;
        String name = "a" + round;
        TwinBackend first = twin("x" + round, scheduler);
        TwinBackend second = twin("y" + round, scheduler);
        backends.add(first);
        backends.add(second);
        List<Future<?>> ends =
            together(
                List.of(
                    () -> open(node, name),
                    () -> node.dispatcher.close(closing),
                    () -> node.dispatcher.register(first),
                    () -> node.dispatcher.register(second)));
        PageSpace opened = (PageSpace) ends.getFirst().result();
        for (TwinBackend backend : backends) {
          check(node, backend, opened, closing, round);
        }
        before = opened;
        while (backends.size() >= LIFE) {
          Until.done(node.dispatcher.deregister(backends.removeFirst().name()));
        }
      }
    }
  }

  private static TwinBackend twin(String name, ThreadScheduler scheduler) {
    return new TwinBackend(name, 300, LossDomain.NODE, scheduler);
  }

  private static Future<PageSpace> open(TestNode node, String name) {
    return node.dispatcher.open(new SpaceConfig(name, 4096, true, Protection.ANY));
  }

  private static void check(
      TestNode node, TwinBackend backend, PageSpace opened, PageSpace closed, int round) {
    String where = backend.name() + " in round " + round;
    RegisteredBackend registered = node.dispatcher.backends().named(backend.name());
    assertTrue(registered != null, where);
    assertTrue(opened.chain().isReady(registered), where);
    assertTrue(backend.initialised.contains(opened.number()), where);
    Set<Integer> heard = backend.invalidated;
    assertEquals(
        backend.initialised.contains(closed.number()), heard.contains(closed.number()), where);
    assertEquals(heard.size(), backend.invalidations.get(), where + ": told once of each");
  }

  private static List<Future<?>> together(List<Supplier<Future<?>>> calls) throws Exception {
    CyclicBarrier barrier = new CyclicBarrier(calls.size());
    List<Future<?>> futures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      int at = i;
      futures.add(Future.failedFuture("not yet"));
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  barrier.await(Until.SECONDS, TimeUnit.SECONDS);
                  Future<?> future = calls.get(at).get();
                  synchronized (futures) {
                    futures.set(at, future);
                  }
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    synchronized (futures) {
      for (Future<?> future : futures) {
        Until.done(future);
      }
      return List.copyOf(futures);
    }
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.tmem.Until;
import dev.tmem.backend.Scheduler;
import io.vertx.core.Future;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a backend is asked without a future, and the threads it is called on. */
class QuestionTest {

  /** Work is done on threads of its own, or refused; no time passes. Thread-safe. */
  private static final class Threads implements Scheduler {
    volatile boolean closing;

    @Override
    public long nanoTime() {
      return 1;
    }

    @Override
    public void execute(Runnable task) {
      if (closing) {
        throw new RejectedExecutionException("closing");
      }
      Thread.ofVirtual().start(task);
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
      return () -> {};
    }
  }

  private static final int UNKNOWN = -1;

  private final Threads threads = new Threads();
  private final BackendHealth health =
      new BackendHealth("odd", threads, new Notifier(), Future::succeededFuture);

  private long faults(String kind) {
    Map<String, Long> counters = new TreeMap<>();
    health.addTo(counters);
    return counters.getOrDefault(kind, -1L);
  }

  @Test
  void oneThatReturnsAtOnceIsAskedOnTheCallersThread() {
    Question<Thread> question =
        new Question<>("odd", health, null, Thread::currentThread, new Thread());
    assertSame(Thread.currentThread(), question.ask());
  }

  @Test
  void oneThatMayNotIsAskedElsewhereAndAnewEachTime() {
    AtomicReference<Thread> asked = new AtomicReference<>(Thread.currentThread());
    AtomicInteger calls = new AtomicInteger();
    Question<Integer> question =
        new Question<>(
            "odd",
            health,
            threads,
            () -> {
              asked.set(Thread.currentThread());
              return calls.incrementAndGet();
            },
            UNKNOWN,
            Until.SECONDS * 1_000);
    assertEquals(1, question.ask());
    assertEquals(2, question.ask());
    assertNotSame(Thread.currentThread(), asked.get());
  }

  @Test
  void oneThatHangsIsWaitedForOnceAndCounts() {
    CountDownLatch hanging = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    Question<Integer> question =
        new Question<>(
            "odd",
            health,
            threads,
            () -> {
              calls.incrementAndGet();
              try {
                hanging.await();
              } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
              }
              return 7;
            },
            UNKNOWN,
            1);
    for (int i = 0; i < 100; i++) {
      assertEquals(UNKNOWN, question.ask());
    }
    Until.until(() -> calls.get() == 1, "it is asked");
    assertEquals(1, faults("late_answers"));
    hanging.countDown();
    Until.until(() -> question.ask() == 7, "it has answered, and is asked again");
  }

  @Test
  void whatIsThrownIsAFaultAndNothingIsKnown() {
    for (Scheduler scheduler : new Scheduler[] {null, threads}) {
      Question<Integer> question =
          new Question<>(
              "odd",
              health,
              scheduler,
              () -> {
                throw new AssertionError("no idea");
              },
              UNKNOWN,
              Until.SECONDS * 1_000);
      assertEquals(UNKNOWN, question.ask());
    }
    assertEquals(2, faults("thrown_calls"));
  }

  @Test
  void nothingIsAskedAndNoCallCountsWhenTheNodeCloses() {
    threads.closing = true;
    Question<Integer> question = new Question<>("odd", health, threads, () -> 7, UNKNOWN);
    assertEquals(UNKNOWN, question.ask());
    CallThreads calls = new CallThreads(threads);
    assertFalse(calls.run(() -> {}));
    assertEquals(0, calls.underWay());
    assertEquals(0, faults("failed_calls"));
  }
}

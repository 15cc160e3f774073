package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import dev.tmem.dispatch.BackendFault.Kind;
import dev.tmem.dispatch.BackendHealth.Call;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something that a backend is asked and is to know at once, such as how full it is. What it throws
 * is a fault, and the answer is what is said of a backend of which nothing is known.
 *
 * <p>One that does not promise to return at once is asked on a thread of its own, and whoever asks
 * waits {@value #PATIENCE_MILLIS} ms at the most. If there is no answer by then, that is a fault
 * too, and until there is one nobody waits again, nor asks: what it said last is said of it.
 *
 * <p>Thread-safe: its own monitor, under which nobody is asked and nobody waits.
 */
final class Question<T extends @Nullable Object> {

  private static final Logger log = LoggerFactory.getLogger(Question.class);

  /** How long an answer is waited for, in milliseconds. */
  static final long PATIENCE_MILLIS = 1_000;

  private final String name;
  private final BackendHealth health;
  private final Supplier<T> question;
  private final T unknown;

  /** Null: it returns at once. */
  private final @Nullable Scheduler scheduler;

  private final long patienceMillis;

  @GuardedBy("this")
  private T last;

  /** The call under way. */
  @GuardedBy("this")
  private @Nullable CountDownLatch underWay;

  /** Somebody has waited for it in vain. */
  @GuardedBy("this")
  private boolean hangs;

  /**
   * @param scheduler null: it is asked where somebody wants to know
   * @param unknown said as long as there is no answer
   */
  Question(
      String name,
      BackendHealth health,
      @Nullable Scheduler scheduler,
      Supplier<T> question,
      T unknown) {
    this(name, health, scheduler, question, unknown, PATIENCE_MILLIS);
  }

  Question(
      String name,
      BackendHealth health,
      @Nullable Scheduler scheduler,
      Supplier<T> question,
      T unknown,
      long patienceMillis) {
    this.name = name;
    this.health = health;
    this.scheduler = scheduler;
    this.question = question;
    this.unknown = unknown;
    this.patienceMillis = patienceMillis;
    this.last = unknown;
  }

  /** The answer, or the best that is known of it. */
  T ask() {
    Scheduler elsewhere = scheduler;
    if (elsewhere == null) {
      return answer();
    }
    CountDownLatch call;
    boolean isNew = false;
    synchronized (this) {
      if (hangs) {
        return last;
      }
      call = underWay;
      if (call == null) {
        isNew = true;
        call = new CountDownLatch(1);
        underWay = call;
      }
    }
    if (isNew) {
      start(elsewhere, call);
    }
    return await(call);
  }

  private void start(Scheduler elsewhere, CountDownLatch call) {
    try {
      elsewhere.execute(() -> {
        T answer = unknown;
        try {
          answer = answer();
        } finally {
          end(call, answer);
        }
      });
    } catch (RejectedExecutionException closing) {
      log.debug("{} is asked nothing more", name, closing);
      end(call, unknown);
    }
  }

  private synchronized void end(CountDownLatch call, T answer) {
    last = answer;
    underWay = null;
    hangs = false;
    call.countDown();
  }

  private T await(CountDownLatch call) {
    boolean inTime = false;
    try {
      inTime = call.await(patienceMillis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      inTime = true; // that is no fault of the backend
    }
    if (!inTime && noteHanging(call)) {
      String reason = name + " did not say within " + patienceMillis + " ms";
      health.fault(Call.LOOK, new BackendFault(Kind.LATE, reason));
    }
    synchronized (this) {
      return last;
    }
  }

  /** Whether that is news. */
  private synchronized boolean noteHanging(CountDownLatch call) {
    boolean isNews = call.equals(underWay) && !hangs;
    hangs |= isNews;
    return isNews;
  }

  private T answer() {
    try {
      return question.get();
    } catch (RuntimeException | AssertionError | LinkageError | StackOverflowError thrown) {
      health.fault(Call.LOOK, new BackendFault(Kind.THROWN, name + " threw " + thrown));
      return unknown;
    }
  }
}

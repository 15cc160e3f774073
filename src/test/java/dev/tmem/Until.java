package dev.tmem;

import io.vertx.core.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Waiting in tests: for what must come, with a patience that only a fault exhausts, and that a
 * limit set from outside can interrupt.
 */
public final class Until {

  /** What a machine that is slow and busy needs for anything, many times over. */
  public static final long SECONDS = 150;

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** What is waited for. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  private Until() {}

  /** The result of a future; its failure is thrown as it is. */
  public static <T extends @Nullable Object> T done(Future<T> future) {
    try {
      return future.await(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no result within " + SECONDS + " s", e);
    }
  }

  /** Returns when the condition holds; it is asked again and again. */
  public static void until(Condition condition, String what) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!holds(condition, what)) {
      if (System.nanoTime() - end > 0 || Thread.interrupted()) {
        throw new AssertionError("not within " + SECONDS + " s, or interrupted: " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static boolean holds(Condition condition, String what) {
    try {
      return condition.holds();
    } catch (Exception e) {
      throw new AssertionError("cannot be told: " + what, e);
    }
  }
}

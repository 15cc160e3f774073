package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.fail;

import io.vertx.core.Future;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waiting in tests: for what must come, with a patience that only a fault exhausts. */
final class Until {

  private static final long SECONDS = 60;

  private Until() {}

  static <T extends @Nullable Object> T done(Future<T> future) {
    return Waiting.get(future, SECONDS, "test");
  }

  static void holds(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!condition.call()) {
      if (System.nanoTime() - end > 0) {
        fail("not within " + SECONDS + " s: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }
}

package dev.tmem.dispatch;

import dev.tmem.backend.Scheduler;
import dev.tmem.dispatch.BackendFault.Kind;
import dev.tmem.dispatch.BackendHealth.Call;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls to one backend such that each ends once and in time, whatever the backend does: it
 * throws, answers nothing, too late, twice, or what is no answer. Each end is reported to the
 * backend's health before the caller learns of it.
 *
 * <p>Thread-safe.
 */
final class Contained {

  private final String name;
  private final BackendHealth health;
  private final Scheduler scheduler;
  private final long timeoutMillis;

  /** Null: calls are made where they are wanted. */
  private final @Nullable CallThreads threads;

  Contained(
      String name,
      BackendHealth health,
      Scheduler scheduler,
      long timeoutMillis,
      @Nullable CallThreads threads) {
    this.threads = threads;
    this.name = name;
    this.health = health;
    this.scheduler = scheduler;
    this.timeoutMillis = timeoutMillis;
  }

  /** A call under way. Thread-safe: by its two flags. */
  private final class Flight<T extends @Nullable Object> {
    final Call kind;
    final Promise<T> promise = Promise.promise();
    final Consumer<T> check;
    final Consumer<T> late;

    /** The backend has answered. */
    final AtomicBoolean answered = new AtomicBoolean();

    /** It has ended, by an answer or for want of one. */
    final AtomicBoolean ended = new AtomicBoolean();

    Flight(Call kind, Consumer<T> check, Consumer<T> late) {
      this.kind = kind;
      this.check = check;
      this.late = late;
    }

    void timeOut(long millis) {
      if (ended.compareAndSet(false, true)) {
        fail(new BackendFault(Kind.LATE, name + " did not answer within " + millis + " ms"));
      }
    }

    void answered(AsyncResult<T> result) {
      if (!answered.compareAndSet(false, true)) {
        health.fault(Call.LOOK, new BackendFault(Kind.MALFORMED, name + " answered twice"));
      } else if (ended.compareAndSet(false, true)) {
        take(result);
      } else if (result.succeeded()) {
        late.accept(result.result());
      }
    }

    private void take(AsyncResult<T> result) {
      if (result.failed()) {
        Throwable cause = result.cause();
        fail(
            cause instanceof BackendFault fault
                ? fault
                : new BackendFault(Kind.FAILED, name + " failed: " + message(cause)));
        return;
      }
      T answer = result.result();
      try {
        check.accept(answer);
      } catch (BackendFault fault) {
        fail(fault);
        return;
      } catch (RuntimeException odd) {
        fail(new BackendFault(Kind.MALFORMED, name + " answered nothing of use: " + odd));
        return;
      }
      // What was fetched is looked at first.
      if (kind != Call.GET) {
        health.well(kind);
      }
      promise.complete(answer);
    }

    private void fail(BackendFault fault) {
      health.fault(kind, fault);
      promise.fail(fault);
    }
  }

  private static String message(@Nullable Throwable cause) {
    return cause == null || cause.getMessage() == null
        ? String.valueOf(cause)
        : String.valueOf(cause.getMessage());
  }

  /**
   * Makes a call.
   *
   * @param check throws if the answer is none
   * @param late gets an answer that came too late
   * @return fails with a {@link BackendFault} and nothing else
   */
  <T extends @Nullable Object> Future<T> make(
      Call kind, Supplier<Future<T>> call, Consumer<T> check, Consumer<T> late) {
    return make(new Flight<>(kind, check, late), call, timeoutMillis);
  }

  /** Makes a call that may take a while. */
  Future<Void> make(Call kind, Supplier<Future<Void>> call, long millis) {
    return make(new Flight<Void>(kind, done -> {}, late -> {}), call, millis);
  }

  private <T extends @Nullable Object> Future<T> make(
      Flight<T> flight, Supplier<Future<T>> call, long millis) {
    Scheduler.Timer timer = scheduler.schedule(millis, () -> flight.timeOut(millis));
    if (threads == null) {
      call(flight, call, timer);
    } else if (!threads.run(() -> call(flight, call, timer))) {
      timer.cancel();
      flight.answered(
          Future.failedFuture(
              new BackendFault(
                  Kind.LATE,
                  name
                      + " is called no more: "
                      + CallThreads.MAX_CALLS
                      + " calls have not returned, or the node closes")));
    }
    return flight.promise.future();
  }

  private <T extends @Nullable Object> void call(
      Flight<T> flight, Supplier<Future<T>> call, Scheduler.Timer timer) {
    try {
      Future<T> answer = call.get();
      if (answer == null) {
        throw new BackendFault(Kind.MALFORMED, name + " returned no future");
      }
      answer.onComplete(result -> {
        timer.cancel();
        flight.answered(result);
      });
    } catch (Exception | LinkageError | AssertionError | StackOverflowError e) {
      timer.cancel();
      flight.answered(
          Future.failedFuture(
              e instanceof BackendFault ? e : new BackendFault(Kind.THROWN, name + " threw " + e)));
    }
  }
}

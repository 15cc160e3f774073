package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A backend as the dispatcher sees it: with an ordinal, a state, and every call contained. What a
 * backend throws is a refusal; what it does not answer in time is one too, and what it answers
 * after that is freed.
 *
 * <p>Thread-safe.
 */
final class RegisteredBackend {

  /** What a backend may do. */
  enum State {
    /** Takes pages. */
    ACTIVE,
    /** Keeps what it has, takes nothing. */
    FROZEN,
    /** Is being emptied. */
    DRAINING
  }

  /** The most pages that are put to or asked of a backend in one call. */
  static final int MAX_BATCH = 256;

  private static final Logger LOG = LoggerFactory.getLogger(RegisteredBackend.class);

  final int ordinal;
  final Backend backend;
  final LongAdder refusedPuts = new LongAdder();
  final LongAdder failedCalls = new LongAdder();

  private final @Nullable RamBackend ram;
  private final @Nullable SlowBackend slow;
  private final Scheduler scheduler;
  private final long timeoutMillis;
  private volatile State state = State.ACTIVE;

  RegisteredBackend(int ordinal, Backend backend, Scheduler scheduler, long timeoutMillis) {
    this.ordinal = ordinal;
    this.backend = backend;
    this.ram = backend instanceof RamBackend r ? r : null;
    this.slow = backend instanceof SlowBackend s ? s : null;
    if (ram == null && slow == null) {
      throw new IllegalArgumentException(
          backend.name() + " is neither a RamBackend nor a SlowBackend");
    }
    this.scheduler = scheduler;
    this.timeoutMillis = timeoutMillis;
  }

  String name() {
    return backend.name();
  }

  /** The backend, if it answers at once. */
  @Nullable RamBackend ram() {
    return ram;
  }

  boolean diesWithPeer() {
    return backend.lossDomain() == LossDomain.PEER;
  }

  State state() {
    return state;
  }

  synchronized void setState(State state) {
    this.state = state;
  }

  /** Takes no pages from now on; false: it is being emptied already. */
  synchronized boolean startDraining() {
    if (state == State.DRAINING) {
      return false;
    }
    state = State.DRAINING;
    return true;
  }

  boolean isActive() {
    return state == State.ACTIVE;
  }

  Future<Void> init(SpaceInfo space) {
    return call(() -> backend.init(space), "init", late -> {});
  }

  Future<Void> invalidateSpace(int space) {
    return call(() -> backend.invalidateSpace(space), "invalidateSpace", late -> {});
  }

  /** Puts 1 to {@link #MAX_BATCH} pages; never fails: what went wrong was refused. */
  Future<long[]> put(List<Zpage> pages) {
    return putBy(pages, () -> slow().put(pages));
  }

  /** Puts second copies apart from first ones; never fails. */
  Future<long[]> putApart(List<Zpage> pages, long[] first) {
    return putBy(pages, () -> slow().putApart(pages, first));
  }

  private Future<long[]> putBy(List<Zpage> pages, Supplier<Future<long[]>> put) {
    return call(put, "put", late -> freeLate(pages, late))
        .map(handles -> checked(pages, handles))
        .otherwise(error -> {
          long[] refused = new long[pages.size()];
          Arrays.fill(refused, Backend.REFUSED);
          return refused;
        })
        .onSuccess(handles -> countRefused(handles));
  }

  private long[] checked(List<Zpage> pages, long[] handles) {
    if (handles.length != pages.size()) {
      throw new IllegalStateException(
          name() + " answered " + handles.length + " handles for " + pages.size() + " pages");
    }
    return handles;
  }

  private void countRefused(long[] handles) {
    for (long handle : handles) {
      if (handle == Backend.REFUSED) {
        refusedPuts.increment();
      }
    }
  }

  private void freeLate(List<Zpage> pages, long[] handles) {
    for (int i = 0; i < Math.min(handles.length, pages.size()); i++) {
      if (handles[i] != Backend.REFUSED) {
        Zpage page = pages.get(i);
        free(List.of(new PageRef(page.key(), page.epoch(), handles[i])));
      }
    }
  }

  /** Asks for 1 to {@link #MAX_BATCH} copies; never fails: what went wrong is unavailable. */
  Future<List<Fetched>> get(List<PageRef> refs) {
    return call(() -> slow().get(refs), "get", late -> {})
        .map(answers -> {
          if (answers.size() != refs.size()) {
            throw new IllegalStateException(
                name() + " answered " + answers.size() + " of " + refs.size() + " pages");
          }
          return answers;
        })
        .otherwise(error ->
            Collections.nCopies(
                refs.size(), new Fetched.Unavailable(String.valueOf(error.getMessage()))));
  }

  void free(List<PageRef> refs) {
    try {
      slow().free(refs);
    } catch (RuntimeException e) {
      failed("free", e);
    }
  }

  Future<Void> flush() {
    return slow == null ? Future.succeededFuture() : call(slow::flush, "flush", late -> {});
  }

  private SlowBackend slow() {
    SlowBackend backend = slow;
    if (backend == null) {
      throw new IllegalStateException(name() + " answers at once, it is not to be waited for");
    }
    return backend;
  }

  /** Makes a call that ends in time, one way or the other. */
  private <T> Future<T> call(Supplier<Future<T>> call, String what, Consumer<T> late) {
    Promise<T> promise = Promise.promise();
    Scheduler.Timer timer =
        scheduler.schedule(
            timeoutMillis,
            () -> {
              String reason = name() + " did not answer within " + timeoutMillis + " ms";
              if (promise.tryFail(reason)) {
                failed(what, new IllegalStateException(reason));
              }
            });
    Future<T> answer;
    try {
      answer = call.get();
    } catch (RuntimeException e) {
      answer = Future.failedFuture(e);
    }
    answer.onComplete(result -> {
      timer.cancel();
      boolean inTime =
          result.succeeded()
              ? promise.tryComplete(result.result())
              : promise.tryFail(result.cause());
      if (inTime && result.failed()) {
        failed(what, result.cause());
      } else if (!inTime && result.succeeded()) {
        late.accept(result.result());
      }
    });
    return promise.future();
  }

  private void failed(String what, Throwable cause) {
    failedCalls.increment();
    LOG.debug("backend {} failed to {}", name(), what, cause);
  }
}

package dev.tmem.cleancache.shared;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.backend.Scheduler;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A loader that runs here for everybody. From before it is called until it has ended the page's
 * home hears each second that it is at work, also while it holds the thread on which it was called.
 *
 * <p>Confined to its futures, but for the flag.
 */
final class Loading {

  static final long ALIVE_MILLIS = 1_000;

  /** Says something about the load to the home of its page. */
  interface Teller {
    Future<Reply> tell(Operation operation, List<Buffer> pages);
  }

  private final Scheduler scheduler;
  private final @Nullable Teller home;
  private final Consumer<Buffer> check;
  private volatile boolean over;

  /**
   * @param home null: nobody could be asked, and the page is not kept
   * @param check throws what is wrong with a page
   */
  Loading(Scheduler scheduler, @Nullable Teller home, Consumer<Buffer> check) {
    this.scheduler = scheduler;
    this.home = home;
    this.check = check;
  }

  /** Runs the loader, and tells the home what has become of it, whatever that is. */
  Future<Buffer> run(Supplier<Future<Buffer>> loader) {
    stayAlive();
    return begun(loader)
        .transform(done -> {
          over = true;
          Throwable failure = done.succeeded() ? unfit(done.result()) : done.cause();
          return failure == null ? succeeded(done.result()) : failed(failure);
        });
  }

  private static Future<Buffer> begun(Supplier<Future<Buffer>> loader) {
    try {
      @Nullable Future<Buffer> loaded = loader.get();
      return loaded != null
          ? loaded
          : Future.failedFuture(
              new TmemException(
                  ErrorCode.LOAD_FAILED, "the loader has returned null in place of a future"));
    } catch (RuntimeException | Error e) {
      return Future.failedFuture(e);
    }
  }

  private void stayAlive() {
    if (home != null) {
      scheduler.schedule(
          ALIVE_MILLIS,
          () -> {
            if (!over) {
              tell(Operation.LOAD, List.of());
              stayAlive();
            }
          });
    }
  }

  /** What is wrong with a page, which a loader may not have brought at all. */
  private @Nullable Throwable unfit(@Nullable Buffer page) {
    if (page == null) {
      return new TmemException(ErrorCode.INVALID_PAGE, "the loader has brought null, and no page");
    }
    try {
      check.accept(page);
      return null;
    } catch (RuntimeException | Error refused) {
      return refused;
    }
  }

  private Future<Reply> tell(Operation operation, List<Buffer> pages) {
    try {
      return home == null
          ? Future.succeededFuture(Reply.of(0, Outcome.NO_LEASE))
          : home.tell(operation, pages);
    } catch (TmemException closed) {
      return Future.succeededFuture(Reply.of(0, Outcome.NO_LEASE));
    }
  }

  private Future<Buffer> succeeded(Buffer page) {
    Future<Reply> told;
    try {
      told = tell(Operation.PUT, List.of(page));
    } catch (RuntimeException | Error unsaid) {
      return failed(unsaid); // such as no memory for a packed copy
    }
    return told.transform(any -> Future.succeededFuture(page));
  }

  private Future<Buffer> failed(Throwable failure) {
    String reason = String.valueOf(failure.getMessage());
    return tell(Operation.LOAD_FAILED, List.of(Buffer.buffer(reason)))
        .transform(any -> Future.failedFuture(failure));
  }
}

package dev.tmem.cleancache.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.backend.Scheduler;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a page's home hears of its loader. */
class LoadingTest {

  private static final Buffer PAGE = Buffer.buffer("a page");

  private final List<Runnable> due = new ArrayList<>();
  private final List<Operation> told = new ArrayList<>();
  private @Nullable Operation refused;

  private final Scheduler scheduler =
      new Scheduler() {
        @Override
        public long nanoTime() {
          return 0;
        }

        @Override
        public void execute(Runnable task) {
          task.run();
        }

        @Override
        public Timer schedule(long delayMillis, Runnable task) {
          assertEquals(Loading.ALIVE_MILLIS, delayMillis);
          due.add(task);
          return () -> due.remove(task);
        }
      };

  private final Loading loading = new Loading(scheduler, this::hear, page -> {});

  private Future<Reply> hear(Operation operation, List<Buffer> pages) {
    told.add(operation);
    if (operation == refused) {
      throw new IllegalStateException("it cannot be told");
    }
    return Future.succeededFuture(Reply.of(1, Outcome.DONE));
  }

  private void aSecondPasses() {
    List<Runnable> now = List.copyOf(due);
    due.clear();
    now.forEach(Runnable::run);
  }

  @Test
  void aLoaderIsHeardWhileItHoldsItsThread() {
    Future<Buffer> loaded =
        loading.run(() -> {
          aSecondPasses();
          aSecondPasses();
          return Future.succeededFuture(PAGE);
        });
    assertEquals(PAGE, loaded.result());
    assertEquals(List.of(Operation.LOAD, Operation.LOAD, Operation.PUT), told);
  }

  @Test
  void aLoaderIsHeardUntilItsFutureHasEnded() {
    Promise<Buffer> source = Promise.promise();
    Future<Buffer> loaded = loading.run(source::future);
    aSecondPasses();
    aSecondPasses();
    source.fail("no such page");
    aSecondPasses();
    assertTrue(loaded.failed());
    assertTrue(due.isEmpty());
    assertEquals(List.of(Operation.LOAD, Operation.LOAD, Operation.LOAD_FAILED), told);
  }

  private void assertFailedAndHeardNoMore(ErrorCode code, Future<Buffer> loaded) {
    aSecondPasses();
    assertTrue(due.isEmpty(), "the home hears that it is at work though it is over");
    assertEquals(List.of(Operation.LOAD_FAILED), told);
    assertEquals(code, assertInstanceOf(TmemException.class, loaded.cause()).code());
  }

  @Test
  @SuppressWarnings("NullAway") // what a caller without such checks may do
  void aLoaderThatReturnsNullHasFailed() {
    assertFailedAndHeardNoMore(ErrorCode.LOAD_FAILED, loading.run(() -> null));
  }

  @Test
  void aLoaderThatBringsNullHasFailed() {
    assertFailedAndHeardNoMore(ErrorCode.INVALID_PAGE, loading.run(() -> Future.succeededFuture()));
  }

  @Test
  void aPageThatCannotBeToldIsAFailedLoad() {
    refused = Operation.PUT;
    Future<Buffer> loaded = loading.run(() -> Future.succeededFuture(PAGE));
    aSecondPasses();
    assertTrue(due.isEmpty());
    assertEquals(List.of(Operation.PUT, Operation.LOAD_FAILED), told);
    assertInstanceOf(IllegalStateException.class, loaded.cause());
  }

  @Test
  void aLoaderWhosePageCannotBeCheckedHasFailed() {
    Loading doubtful =
        new Loading(
            scheduler,
            this::hear,
            page -> {
              throw new IllegalStateException("of no kind that is known");
            });
    Future<Buffer> loaded = doubtful.run(() -> Future.succeededFuture(PAGE));
    assertEquals(List.of(Operation.LOAD_FAILED), told);
    assertInstanceOf(IllegalStateException.class, loaded.cause());
  }
}

package dev.tmem.cleancache.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Scheduler;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a page's home hears of its loader. */
class LoadingTest {

  private static final Buffer PAGE = Buffer.buffer("a page");

  private final List<Runnable> due = new ArrayList<>();
  private final List<Operation> told = new ArrayList<>();

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

  private final Loading loading =
      new Loading(
          scheduler,
          (operation, pages) -> {
            told.add(operation);
            return Future.succeededFuture(Reply.of(1, Outcome.DONE));
          },
          page -> {});

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
}

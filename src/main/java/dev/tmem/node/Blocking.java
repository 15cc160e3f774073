package dev.tmem.node;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.concurrent.Callable;

/** Work that waits for disks, sockets or threads, on Vert.x's worker threads. */
final class Blocking {

  private static final Object DONE = new Object();

  private Blocking() {}

  /** Something to do that may fail. */
  interface Action {
    void run() throws Exception;
  }

  /** Does not keep the order of the caller's other blocking calls. */
  static Future<Void> run(Vertx vertx, Action action) {
    return call(
            vertx,
            () -> {
              action.run();
              return DONE;
            })
        .mapEmpty();
  }

  /** As {@link #run}, with a result. */
  static <T> Future<T> call(Vertx vertx, Callable<T> action) {
    return vertx.executeBlocking(action, false).map(result -> Objects.requireNonNull(result));
  }
}

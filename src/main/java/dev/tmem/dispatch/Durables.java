package dev.tmem.dispatch;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.PageFault;
import dev.tmem.TmemException;
import dev.tmem.backend.DurableArea;
import dev.tmem.backend.DurableBackend;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The durable areas of a node: opened, found again after a restart, dropped. They are kept in one
 * backend, the node's own swap file, which the node names before any area is opened. Thread-safe.
 */
public final class Durables {

  private final Dispatcher dispatcher;
  private volatile @Nullable RegisteredBackend registered;
  private volatile @Nullable DurableBackend backend;
  private volatile boolean retired;

  Durables(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /** Durable areas are kept in that backend, which is registered. */
  public void keepIn(String name) {
    RegisteredBackend found = dispatcher.backends().named(name);
    if (found != null && found.backend instanceof DurableBackend durable) {
      registered = found;
      backend = durable;
      dispatcher.numberFrom(durable.nextNumber());
    }
  }

  /** Those that were found when the node started, and those made since. */
  public List<DurableArea> areas() {
    DurableBackend durable = backend;
    return durable == null ? List.of() : durable.durableAreas();
  }

  /** Whether a backend may not go, since it keeps what is to outlive the process. */
  boolean needs(RegisteredBackend candidate) {
    return candidate == registered && !areas().isEmpty();
  }

  /**
   * Opens a new durable space; completes when it is on record.
   *
   * @param fsyncMillis how old what power loss takes away may be; 0: nothing is taken
   * @param options as JSON, to be found again
   */
  public Future<PageSpace> open(SpaceConfig config, long fsyncMillis, String options) {
    RegisteredBackend in = registered;
    DurableBackend durable = backend;
    if (in == null || durable == null || in.health().isClosed()) {
      return Future.failedFuture(
          Options.refuse("durable", true, "false on a node without a swap file of its own"));
    }
    if (!config.tiers().isEmpty() && !config.tiers().contains(in.name())) {
      return Future.failedFuture(
          Options.refuse(
              "tiers", config.tiers(), "a list with " + in.name() + ", for a durable area,"));
    }
    return dispatcher
        .open(config, null, null, space -> space.makeDurable(in, durable))
        .compose(space -> {
          DurableArea area =
              new DurableArea(
                  space.number(), config.name(), config.pageSize(), fsyncMillis, options);
          return durable
              .openDurable(area)
              .map(space)
              .recover(error -> dispatcher.close(space).transform(done -> failed(area, error)));
        });
  }

  private static <T> Future<T> failed(DurableArea area, Throwable error) {
    return Future.failedFuture(
        new TmemException(
            ErrorCode.BACKEND_FAILED,
            "area " + area.name() + " cannot be made durable: " + error.getMessage(),
            error));
  }

  /** Opens a durable space that was found, with its pages and its number. */
  public Future<PageSpace> reopen(SpaceConfig config, DurableArea area) {
    RegisteredBackend in = registered;
    DurableBackend durable = backend;
    if (in == null || durable == null) {
      throw new IllegalStateException("no backend keeps durable areas");
    }
    return dispatcher
        .open(config, null, area.number(), space -> space.makeDurable(in, durable))
        .compose(this::install);
  }

  private Future<PageSpace> install(PageSpace space) {
    Promise<PageSpace> promise = Promise.promise();
    dispatcher
        .scheduler()
        .execute(() -> {
          DurablePages pages = space.durable();
          try {
            if (pages != null) {
              for (PageFault loss : pages.install()) {
                space.lostNow(loss);
              }
            }
            promise.complete(space);
          } catch (RuntimeException e) {
            promise.fail(e);
          }
        });
    return promise.future();
  }

  /** The node ends: areas end with it, and what is on record stays. */
  public void retire() {
    retired = true;
    DurableBackend durable = backend;
    if (durable != null) {
      durable.retire();
    }
  }

  /**
   * Takes a space that ends from the record, unless the node ends, and then frees its pages.
   *
   * @return fails if it could not be taken from the record; the pages are freed all the same
   */
  Future<Long> dropThen(PageSpace space, Supplier<Future<Long>> free) {
    return drop(space)
        .transform(dropped ->
            free.get()
                .compose(freed ->
                    dropped.succeeded()
                        ? Future.succeededFuture(freed)
                        : Future.failedFuture(dropped.cause())));
  }

  private Future<Void> drop(PageSpace space) {
    DurableBackend durable = backend;
    return durable == null || retired || space.durable() == null
        ? Future.succeededFuture()
        : durable.dropDurable(space.number());
  }
}

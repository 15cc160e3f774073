package dev.tmem.node;

import dev.tmem.BackendRegistry;
import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.Listening;
import dev.tmem.SharedCleanCache;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.admin.AdminCommands;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.dispatch.Notifier;
import dev.tmem.dispatch.OnContext;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The node in this process. Thread-safe. */
final class LocalTmem implements Tmem {

  private final String name;
  private final SwapAreas areas;
  private final CleanCaches caches;
  private final BackendRegistry backends;
  private final AdminCommands admin;
  private final Notifier notifier;
  private final Supplier<Future<Void>> stop;
  private volatile boolean closed;

  /**
   * @param stop ends the node; may be called again
   */
  LocalTmem(
      String name,
      SwapAreas areas,
      CleanCaches caches,
      BackendRegistry backends,
      AdminCommands admin,
      Notifier notifier,
      Supplier<Future<Void>> stop) {
    this.name = name;
    this.areas = areas;
    this.caches = caches;
    this.backends = backends;
    this.admin = admin;
    this.notifier = notifier;
    this.stop = stop;
  }

  @Override
  public String nodeName() {
    return name;
  }

  @Override
  public Future<SwapArea> swapOn(String area, SwapAreaOptions options) {
    return ifOpen(() -> areas.swapOn(area, options));
  }

  @Override
  public Future<SwapArea> area(String area) {
    return ifOpen(() -> areas.attach(area));
  }

  @Override
  public Future<CleanCache> cleanCache(String cache, CleanCacheOptions options) {
    return ifOpen(() -> caches.open(cache, options));
  }

  @Override
  public Future<SharedCleanCache> sharedCleanCache(UUID uuid, CleanCacheOptions options) {
    return ifOpen(() -> caches.shared().open(uuid, options));
  }

  @Override
  public BackendRegistry backends() {
    return backends;
  }

  @Override
  public Future<JsonObject> admin(String command, JsonObject arguments) {
    return ifOpen(() -> admin.run(command, arguments));
  }

  @Override
  public Future<Listening> listen(Consumer<? super TmemEvent> listener) {
    return ifOpen(() -> Future.succeededFuture(notifier.listen(listener)));
  }

  private <T> Future<T> ifOpen(Supplier<Future<T>> call) {
    return closed
        ? Future.failedFuture(
            new TmemException(ErrorCode.CLOSED, "node " + name + " has been closed"))
        : OnContext.ofCaller(call.get());
  }

  /** The node is ending, whoever ends it: nothing new is begun. */
  void markClosed() {
    closed = true;
  }

  @Override
  public Future<Void> close() {
    closed = true;
    return OnContext.ofCaller(stop.get());
  }
}

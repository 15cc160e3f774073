package dev.tmem.eventbus;

import dev.tmem.BackendInfo;
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
import dev.tmem.TmemOptions;
import dev.tmem.admin.AdminCommands;
import dev.tmem.backend.Backend;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A node elsewhere, over the event bus. Thread-safe. */
public final class RemoteTmem implements Tmem {

  /** Milliseconds: commands that move or free many pages before they answer. */
  private static final long MOVING_TIMEOUT_MILLIS = 600_000;

  /** Milliseconds for every other command. */
  private static final long ADMIN_TIMEOUT_MILLIS = 10_000;

  private final Channel channel;

  /** Handles that are not closed. */
  private final Set<SwapArea> handles = ConcurrentHashMap.newKeySet();

  private final Set<CleanCache> caches = ConcurrentHashMap.newKeySet();

  private final Set<Listening> listenings = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean closed = new AtomicBoolean();

  private RemoteTmem(Channel channel) {
    this.channel = channel;
  }

  /** Becomes a client of a node; fails if it does not answer. */
  public static Future<Tmem> connect(Vertx vertx, String nodeName) {
    return connect(vertx, nodeName, TmemOptions.DEFAULT_REQUEST_TIMEOUT_MILLIS);
  }

  /**
   * As {@link #connect(Vertx, String)}.
   *
   * @param timeoutMillis after which a request has an unknown outcome
   */
  public static Future<Tmem> connect(Vertx vertx, String nodeName, long timeoutMillis) {
    Channel channel = new Channel(vertx, nodeName, timeoutMillis);
    return channel.hello().map(done -> new RemoteTmem(channel));
  }

  @Override
  public String nodeName() {
    return channel.node();
  }

  @Override
  public Future<SwapArea> swapOn(String name, SwapAreaOptions options) {
    return openBy("open", name, options.toJson());
  }

  @Override
  public Future<SwapArea> area(String name) {
    return openBy("attach", name, new JsonObject());
  }

  private Future<SwapArea> openBy(String action, String name, JsonObject body) {
    if (closed.get()) {
      return Future.failedFuture(channel.closedError());
    }
    DeliveryOptions options =
        new DeliveryOptions().addHeader(Headers.ACTION, action).addHeader(Headers.AREA, name);
    return channel
        .request(options, body, true)
        .map(reply -> {
          SwapArea area = new RemoteSwapArea(channel, (JsonObject) reply.body(), handles::remove);
          handles.add(area);
          return area;
        });
  }

  @Override
  public Future<CleanCache> cleanCache(String name, CleanCacheOptions options) {
    if (closed.get()) {
      return Future.failedFuture(channel.closedError());
    }
    DeliveryOptions open =
        new DeliveryOptions().addHeader(Headers.ACTION, "openCache").addHeader(Headers.CACHE, name);
    return channel
        .request(open, options.toJson(), true)
        .map(reply -> {
          CleanCache cache =
              new RemoteCleanCache(channel, (JsonObject) reply.body(), caches::remove);
          caches.add(cache);
          return cache;
        });
  }

  @Override
  public Future<SharedCleanCache> sharedCleanCache(UUID uuid, CleanCacheOptions options) {
    return cleanCache(SharedNames.of(uuid), options)
        .map(cache -> new RemoteSharedCache(uuid, cache));
  }

  @Override
  public BackendRegistry backends() {
    return new RemoteBackends();
  }

  private final class RemoteBackends implements BackendRegistry {

    @Override
    public Future<Void> register(Backend backend) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.UNKNOWN_BACKEND,
              "backend "
                  + backend.name()
                  + " can be registered in node "
                  + nodeName()
                  + "'s own process only"));
    }

    @Override
    public Future<Void> deregister(String name) {
      return admin("deregister", new JsonObject().put("backend", name)).mapEmpty();
    }

    @Override
    public Future<List<BackendInfo>> list() {
      return admin("backends", new JsonObject())
          .map(answer ->
              answer.getJsonArray("backends").stream()
                  .map(entry -> BackendInfo.fromJson((JsonObject) entry))
                  .toList());
    }
  }

  @Override
  public Future<JsonObject> admin(String command, JsonObject arguments) {
    if (closed.get()) {
      return Future.failedFuture(channel.closedError());
    }
    JsonObject body = new JsonObject().mergeIn(arguments).put("command", command);
    boolean moves = AdminCommands.MOVING.contains(command);
    DeliveryOptions options =
        new DeliveryOptions().setSendTimeout(moves ? MOVING_TIMEOUT_MILLIS : ADMIN_TIMEOUT_MILLIS);
    boolean changes = !AdminCommands.READING.contains(command);
    return channel
        .vertx()
        .eventBus()
        .<JsonObject>request(Addresses.admin(nodeName()), body, options)
        .map(reply -> reply.body())
        .recover(error -> Future.failedFuture(Failures.of(nodeName(), changes, error)));
  }

  @Override
  public Future<Listening> listen(Consumer<? super TmemEvent> listener) {
    if (closed.get()) {
      return Future.failedFuture(channel.closedError());
    }
    return channel.listen(listener).onSuccess(listenings::add);
  }

  @Override
  public Future<Void> close() {
    if (!closed.compareAndSet(false, true)) {
      return Future.succeededFuture();
    }
    listenings.forEach(Listening::close);
    List<Future<Void>> closes = new ArrayList<>();
    handles.forEach(area -> closes.add(area.close()));
    caches.forEach(cache -> closes.add(cache.close()));
    // A node that is gone holds nothing for us.
    return Future.join(closes)
        .<Void>mapEmpty()
        .otherwiseEmpty()
        .onComplete(done -> channel.close());
  }
}

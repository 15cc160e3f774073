package dev.tmem.eventbus;

import dev.tmem.AreaGoneException;
import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.cleancache.OpenCache;
import dev.tmem.eventbus.NodeService.Answer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a node does with requests for its clean caches. A cache lives as long as somebody holds it,
 * so whoever opens one says who it is; to use one that another holds, its name is enough.
 *
 * <p>Confined to the context of the service.
 */
final class CacheActions {

  private final NodeService service;
  private final CleanCaches caches;
  private final Leases<CleanCache> leases = new Leases<>(System::nanoTime, CleanCache::close);

  CacheActions(NodeService service, CleanCaches caches) {
    this.service = service;
    this.caches = caches;
  }

  void addTo(Map<String, Function<Request, Future<Answer>>> actions) {
    actions.put("openCache", this::open);
    actions.put("closeCache", this::close);
    onCache(actions, "touchCache", (cache, r) -> Future.succeededFuture());
    onCache(actions, "put", (cache, r) -> cache.put(r.object(), r.index(), r.bytes()));
    onCache(actions, "get", this::get);
    onCache(actions, "putAll", CacheActions::putAll);
    onCache(actions, "getAll", this::getAll);
    onCache(
        actions, "invalidateCachePage", (cache, r) -> cache.invalidatePage(r.object(), r.index()));
    onCache(actions, "invalidateObject", (cache, r) -> cache.invalidateObject(r.object()));
    onCache(actions, "invalidateCache", (cache, r) -> cache.invalidateAll());
  }

  private void onCache(
      Map<String, Function<Request, Future<Answer>>> actions,
      String action,
      BiFunction<CleanCache, Request, ? extends Future<?>> call) {
    actions.put(
        action,
        request -> meant(request).compose(cache -> call.apply(cache, request).map(Answer::of)));
  }

  private Future<Answer> open(Request request) {
    String client = request.text(Headers.CLIENT);
    if (SharedNames.isShared(request.text(Headers.CACHE))) {
      return openShared(client, request);
    }
    CleanCacheOptions options = new CleanCacheOptions(request.json());
    return service
        .here(caches.openHeld(request.text(Headers.CACHE), options))
        .map(cache -> lease(client, cache));
  }

  /** The client's handle takes the place of the one with which the cache was opened. */
  private Answer lease(String client, OpenCache cache) {
    CleanCache opened = cache.held();
    try {
      leases.open(client, cache.name(), cache.number(), cache::attach);
    } finally {
      opened.close();
    }
    return Answer.of(
        service
            .describe()
            .put("cache", cache.name())
            .put("number", cache.number())
            .put("options", cache.options().toJson()));
  }

  private Future<Answer> openShared(String client, Request request) {
    UUID uuid = SharedNames.uuid(request.text(Headers.CACHE));
    return service
        .here(caches.shared().openHeld(uuid, new CleanCacheOptions(request.json())))
        .map(cache -> {
          CleanCache opened = caches.shared().held(cache);
          String name = opened.name();
          try {
            leases.open(client, name, cache.number(), () -> caches.shared().attach(cache));
          } finally {
            opened.close();
          }
          return Answer.of(
              service
                  .describe()
                  .put("cache", name)
                  .put("number", cache.number())
                  .put("options", cache.options().toJson()));
        });
  }

  private Future<Answer> close(Request request) {
    Long number = request.optional(Headers.NUMBER) == null ? null : request.number(Headers.NUMBER);
    return leases
        .close(request.text(Headers.CLIENT), request.text(Headers.CACHE), number)
        .map(closed -> Answer.of(null));
  }

  /** Lets go of every handle: the service ends. */
  void closeAll() {
    leases.closeAll();
  }

  private Future<CleanCache> meant(Request request) {
    String name = request.text(Headers.CACHE);
    String number = request.optional(Headers.NUMBER);
    if (SharedNames.isShared(name)) {
      return meantShared(name, request);
    }
    return service
        .here(caches.find(name))
        .map(cache -> {
          if (number != null && request.number(Headers.NUMBER) != cache.number()) {
            throw new AreaGoneException(
                "cache " + name + " is number " + cache.number() + " by now, not " + number);
          }
          return leases.handle(request.optional(Headers.CLIENT), name, cache.number(), cache::peek);
        })
        .recover(error -> Future.failedFuture(goneIfNumbered(name, number, error)));
  }

  private Future<CleanCache> meantShared(String name, Request request) {
    String number = request.optional(Headers.NUMBER);
    return service
        .here(caches.shared().find(SharedNames.uuid(name)))
        .<CleanCache>map(cache -> {
          if (number != null && request.number(Headers.NUMBER) != cache.number()) {
            throw new AreaGoneException(
                "cache " + name + " is number " + cache.number() + " by now, not " + number);
          }
          return leases.handle(
              request.optional(Headers.CLIENT),
              name,
              cache.number(),
              () -> caches.shared().peek(cache));
        })
        .recover(error -> Future.failedFuture(goneIfNumbered(name, number, error)));
  }

  private static Throwable goneIfNumbered(String name, @Nullable String number, Throwable error) {
    return number != null
            && error instanceof TmemException known
            && known.code() == ErrorCode.UNKNOWN_AREA
        ? new AreaGoneException("cache " + name + ", number " + number + ", was closed")
        : error;
  }

  private Future<@Nullable Buffer> get(CleanCache cache, Request request) {
    return service.<@Nullable Buffer>answering(
        cache.options().getPageSize(), () -> cache.get(request.object(), request.index()));
  }

  private static Future<Void> putAll(CleanCache cache, Request request) {
    BatchLayout.Batch batch = BatchLayout.decode(request.bytes());
    List<Buffer> pages = batch.pages().stream().map(NodeService::present).toList();
    return cache.putAll(request.object(), indexes(batch.offsetArray()), pages);
  }

  private Future<Buffer> getAll(CleanCache cache, Request request) {
    long[] written = BatchLayout.decodeOffsets(request.bytes());
    int[] indexes = indexes(written);
    long expected = (long) indexes.length * cache.options().getPageSize();
    return service
        .answering(expected, () -> cache.getAll(request.object(), indexes))
        .map(pages -> BatchLayout.encode(written, pages));
  }

  private static int[] indexes(long[] written) {
    int[] indexes = new int[written.length];
    for (int i = 0; i < indexes.length; i++) {
      indexes[i] = Request.index(written[i]);
    }
    return indexes;
  }
}

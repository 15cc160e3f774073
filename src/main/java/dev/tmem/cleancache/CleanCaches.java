package dev.tmem.cleancache;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.cleancache.shared.SharedCaches;
import dev.tmem.dispatch.CacheConfig;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.NamedSpaces;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.SpaceConfig;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * The private clean caches of a node, by name, and its part in the shared ones; a cache and a swap
 * area may have the same one.
 *
 * <p>Thread-safe: {@link NamedSpaces}. A cache that ends loses its name at once; the next of that
 * name is another one, with another number, and does not wait for the old one's pages to be
 * dropped.
 */
public final class CleanCaches {

  private final Dispatcher dispatcher;
  private final NamedSpaces<OpenCache> named;
  private final SharedCaches shared;

  /**
   * @param maxAreas the most areas and caches that may be open, together
   */
  public CleanCaches(Dispatcher dispatcher, int maxAreas) {
    this.dispatcher = dispatcher;
    this.named = new NamedSpaces<>("cache", dispatcher.names(), maxAreas);
    this.shared = new SharedCaches(dispatcher, dispatcher.scheduler(), maxAreas);
  }

  /** Those that all nodes share. */
  public SharedCaches shared() {
    return shared;
  }

  /** Creates a cache, or attaches to the one of that name if the options agree. */
  public Future<CleanCache> open(String name, CleanCacheOptions options) {
    return openHeld(name, options).map(OpenCache::held);
  }

  /** The cache, which counts one handle more. */
  public Future<OpenCache> openHeld(String name, CleanCacheOptions options) {
    CleanCacheOptions wanted = new CleanCacheOptions(options);
    return named.open(name, () -> create(name, wanted), cache -> hold(cache, wanted));
  }

  private Future<OpenCache> create(String name, CleanCacheOptions options) {
    SpaceConfig config = new SpaceConfig(name, options.getPageSize(), false, Protection.NONE);
    CacheConfig cache = new CacheConfig(options.isExclusiveGets(), options.getTimeToLiveSeconds());
    return dispatcher.open(config, cache).map(space -> opened(options, space));
  }

  private OpenCache opened(CleanCacheOptions options, PageSpace space) {
    OpenCache cache = new OpenCache(this, options, space);
    cache.tryHold();
    dispatcher.notifier().tell(new TmemEvent.CacheOpened(cache.name(), cache.number()));
    return cache;
  }

  /** A handle of the cache that is there; if it has just ended, one of a new cache. */
  private Future<OpenCache> hold(OpenCache cache, CleanCacheOptions wanted) {
    if (!cache.agrees(wanted)) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.OPTIONS_MISMATCH,
              "cache "
                  + cache.name()
                  + " is open with "
                  + cache.options()
                  + ", not with "
                  + wanted));
    }
    if (cache.tryHold()) {
      return Future.succeededFuture(cache);
    }
    named.release(cache.name(), cache);
    return openHeld(cache.name(), wanted);
  }

  /** The open cache of that name, without a handle. */
  public Future<OpenCache> find(String name) {
    return named.find(name);
  }

  /** The caches that are open, by name. */
  public List<OpenCache> list() {
    return named.list();
  }

  /**
   * Ends a cache, whoever holds it.
   *
   * @return the number of pages that were dropped; fails with {@link ErrorCode#UNKNOWN_AREA}
   */
  public Future<Long> end(String name) {
    return find(name).compose(cache -> cache.end() ? ended(cache) : Future.succeededFuture(0L));
  }

  /** The last handle was closed. */
  Future<Long> ended(OpenCache cache) {
    named.release(cache.name(), cache);
    return dispatcher
        .close(cache.space())
        .onSuccess(pages ->
            dispatcher
                .notifier()
                .tell(new TmemEvent.CacheClosed(cache.name(), cache.number(), pages)));
  }

  /**
   * Ends every cache, whoever holds it, also those being opened, and opens no more: the node ends.
   */
  public Future<Void> endAll() {
    List<Future<?>> ends = new ArrayList<>();
    ends.add(shared.close());
    for (Future<OpenCache> cache : named.end()) {
      ends.add(
          cache.transform(opened ->
              opened.succeeded() && opened.result().end()
                  ? ended(opened.result())
                  : Future.succeededFuture(0L)));
    }
    return Future.join(ends).mapEmpty();
  }
}

package dev.tmem.cleancache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.Protection;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import dev.tmem.dispatch.CacheConfig;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.SpaceConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The private clean caches of a node, by name; a cache and a swap area may have the same one.
 *
 * <p>Thread-safe: under this object's monitor a name is given to one cache at a time. A cache that
 * ends loses its name at once; the next of that name is another one, with another number, and does
 * not wait for the old one's pages to be dropped.
 */
public final class CleanCaches {

  private final Dispatcher dispatcher;
  private final int maxAreas;

  /** A cache being opened stands here too, as a future. */
  @GuardedBy("this")
  private final Map<String, Future<OpenCache>> caches = new TreeMap<>();

  /** The node ends: no cache is opened any more. */
  @GuardedBy("this")
  private boolean ended;

  /**
   * @param maxAreas the most areas and caches that may be open, together
   */
  public CleanCaches(Dispatcher dispatcher, int maxAreas) {
    this.dispatcher = dispatcher;
    this.maxAreas = maxAreas;
  }

  /** Creates a cache, or attaches to the one of that name if the options agree. */
  public Future<CleanCache> open(String name, CleanCacheOptions options) {
    return openHeld(name, options).map(OpenCache::held);
  }

  /** The cache, which counts one handle more. */
  public Future<OpenCache> openHeld(String name, CleanCacheOptions options) {
    CleanCacheOptions wanted = new CleanCacheOptions(options);
    Promise<OpenCache> promise = Promise.promise();
    Future<OpenCache> known;
    try {
      Options.name("cache", name);
      synchronized (this) {
        known = caches.get(name);
        if (known == null) {
          checkRoom(name);
          caches.put(name, promise.future());
        }
      }
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
    if (known != null) {
      return known.compose(cache -> hold(cache, wanted));
    }
    create(name, wanted).onComplete(promise);
    return promise.future();
  }

  @GuardedBy("this")
  private void checkRoom(String name) {
    if (ended) {
      throw new TmemException(
          ErrorCode.CLOSED, "cache " + name + " was not opened: the node is being closed");
    }
    if (!dispatcher.names().tryTake(maxAreas)) {
      throw new TmemFullException("cache " + name + " was not opened: maxAreas is " + maxAreas);
    }
  }

  private Future<OpenCache> create(String name, CleanCacheOptions options) {
    SpaceConfig config = new SpaceConfig(name, options.getPageSize(), false, Protection.NONE);
    CacheConfig cache = new CacheConfig(options.isExclusiveGets(), options.getTimeToLiveSeconds());
    Future<PageSpace> opened;
    try {
      opened = dispatcher.open(config, cache);
    } catch (RuntimeException | Error e) {
      // such as no memory for its tables: the name must not stay taken
      opened = Future.failedFuture(e);
    }
    return opened.map(space -> opened(options, space)).onFailure(error -> forget(name));
  }

  private OpenCache opened(CleanCacheOptions options, PageSpace space) {
    OpenCache cache = new OpenCache(this, options, space);
    cache.tryHold();
    dispatcher.notifier().tell(new TmemEvent.CacheOpened(cache.name(), cache.number()));
    return cache;
  }

  private synchronized void forget(String name) {
    if (caches.remove(name) != null) {
      dispatcher.names().giveBack();
    }
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
    release(cache);
    return openHeld(cache.name(), wanted);
  }

  /** The open cache of that name, without a handle. */
  public Future<OpenCache> find(String name) {
    Future<OpenCache> cache = lookUp(name);
    return cache == null
        ? Future.failedFuture(
            new TmemException(ErrorCode.UNKNOWN_AREA, "no cache is named " + name))
        : cache;
  }

  private synchronized @Nullable Future<OpenCache> lookUp(String name) {
    return caches.get(name);
  }

  /** The caches that are open, by name. */
  public synchronized List<OpenCache> list() {
    List<OpenCache> open = new ArrayList<>();
    for (Future<OpenCache> cache : caches.values()) {
      if (cache.succeeded()) {
        open.add(cache.result());
      }
    }
    return open;
  }

  /** Takes its name from a cache that has ended; idempotent. */
  private synchronized void release(OpenCache cache) {
    Future<OpenCache> known = caches.get(cache.name());
    if (known != null && known.result() == cache) {
      forget(cache.name());
    }
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
    release(cache);
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
    List<Future<OpenCache>> all;
    synchronized (this) {
      ended = true;
      all = List.copyOf(caches.values());
    }
    List<Future<Long>> ends = new ArrayList<>();
    for (Future<OpenCache> cache : all) {
      ends.add(
          cache.transform(opened ->
              opened.succeeded() && opened.result().end()
                  ? ended(opened.result())
                  : Future.succeededFuture(0L)));
    }
    return Future.join(ends).mapEmpty();
  }
}

package dev.tmem.cleancache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.dispatch.PageSpace;
import io.vertx.core.Future;

/**
 * A clean cache that is open, shared by all its handles; it ends with the last of them.
 *
 * <p>Thread-safe: under this object's monitor it is decided whether a handle is the last one.
 */
public final class OpenCache {

  private final CleanCaches owner;
  private final CleanCacheOptions options;
  private final PageSpace space;

  @GuardedBy("this")
  private int handles;

  /** No handle can be had any more. */
  @GuardedBy("this")
  private boolean ended;

  OpenCache(CleanCaches owner, CleanCacheOptions options, PageSpace space) {
    this.owner = owner;
    this.options = options;
    this.space = space;
  }

  public String name() {
    return space.config().name();
  }

  /** Never used twice in an incarnation; areas are numbered in the same row. */
  public int number() {
    return space.number();
  }

  public CleanCacheOptions options() {
    return new CleanCacheOptions(options);
  }

  /** Handles that are not closed. */
  public synchronized int handles() {
    return handles;
  }

  public PageSpace space() {
    return space;
  }

  boolean agrees(CleanCacheOptions wanted) {
    return options.equals(wanted);
  }

  /**
   * A new handle.
   *
   * @throws TmemException with {@link ErrorCode#AREA_CLOSED}: the last one was closed just now
   */
  public synchronized CleanCache attach() {
    if (ended) {
      throw new TmemException(ErrorCode.AREA_CLOSED, "cache " + name() + " was closed");
    }
    handles++;
    return new LocalCleanCache(this);
  }

  /** Whether a handle was had; false: the last one was closed just now. */
  synchronized boolean tryHold() {
    if (!ended) {
      handles++;
    }
    return !ended;
  }

  /** The handle that {@link CleanCaches#openHeld} has counted; to be called once for each. */
  public CleanCache held() {
    return new LocalCleanCache(this);
  }

  /** A handle that does not count as holding the cache open; it is not to be closed. */
  public CleanCache peek() {
    return new LocalCleanCache(this);
  }

  /** A handle was closed; completes when, if it was the last one, all pages are gone. */
  Future<Void> detached() {
    synchronized (this) {
      handles--;
      if (handles > 0 || ended) {
        return Future.succeededFuture();
      }
      ended = true;
    }
    return owner.ended(this).mapEmpty();
  }

  /** Whether it had not ended before. */
  synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }
}

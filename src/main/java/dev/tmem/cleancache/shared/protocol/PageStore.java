package dev.tmem.cleancache.shared.protocol;

import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.UUID;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The pages of which this node is the home. Ephemeral: any page may be missing at any time, and one
 * that was replaced, invalidated or dropped never comes back. Thread-safe; does not wait.
 */
public interface PageStore {

  /** Whether pages of a cache can be kept. */
  enum Fitness {
    FIT,
    /** Not yet; ask again. */
    NOT_YET,
    /** It has other options. */
    OTHER_OPTIONS,
    /** There is no room for another cache. */
    NO_ROOM
  }

  /**
   * To be asked before each request for a cache; makes it if there is none. Who asks for pages has
   * it open: one of other options that somebody merely wants to open gives way.
   */
  Fitness prepare(CacheName cache);

  /**
   * A node holds a cache open, and is to be heard again now and then; makes it if need be.
   *
   * @param isHeld false: it wants to, and nobody has said yet that it may; what it wants gives way
   *     to what is held open with other options
   */
  Fitness open(CacheName cache, UUID holder, boolean isHeld, long now);

  /**
   * A node holds it open no longer, if it ever did; completes when, if it was the last one, all
   * pages are gone. One of other options is another cache.
   */
  Future<Void> close(CacheName cache, UUID holder);

  @Nullable Buffer get(CacheName cache, ObjectKey object, int index);

  /** Keeps a page, or removes at least the one before it. */
  void put(CacheName cache, ObjectKey object, int index, Buffer page);

  void invalidatePage(CacheName cache, ObjectKey object, int index);

  /** The pages are out of reach when the future completes. */
  Future<Void> invalidateObject(CacheName cache, ObjectKey object);

  /** The pages are out of reach when the future completes. */
  Future<Void> invalidateAll(CacheName cache);

  /**
   * Drops the pages of some slots, in all caches.
   *
   * @return when none is left of those that were there when the call began
   */
  Future<Void> drop(IntPredicate slots);
}

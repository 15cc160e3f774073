package dev.tmem.eventbus;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A shared cache, through a node elsewhere that holds it open for this client. It loads no pages: a
 * loader runs in a node's process. Thread-safe.
 */
final class RemoteSharedCache implements SharedCleanCache {

  private final UUID uuid;
  private final CleanCache cache;

  RemoteSharedCache(UUID uuid, CleanCache cache) {
    this.uuid = uuid;
    this.cache = cache;
  }

  @Override
  public UUID uuid() {
    return uuid;
  }

  @Override
  public Future<Buffer> getOrLoad(ObjectKey object, int index, Supplier<Future<Buffer>> loader) {
    return Future.failedFuture(
        new TmemException(
            ErrorCode.UNKNOWN_COMMAND,
            "cache " + name() + " has pages loaded in a node's own process only"));
  }

  @Override
  public String name() {
    return cache.name();
  }

  @Override
  public CleanCacheOptions options() {
    return cache.options();
  }

  @Override
  public Future<Void> put(ObjectKey object, int index, Buffer page) {
    return cache.put(object, index, page);
  }

  @Override
  public Future<@Nullable Buffer> get(ObjectKey object, int index) {
    return cache.get(object, index);
  }

  @Override
  public Future<Void> putAll(ObjectKey object, int[] indexes, List<Buffer> pages) {
    return cache.putAll(object, indexes, pages);
  }

  @Override
  public Future<List<@Nullable Buffer>> getAll(ObjectKey object, int[] indexes) {
    return cache.getAll(object, indexes);
  }

  @Override
  public Future<Void> invalidatePage(ObjectKey object, int index) {
    return cache.invalidatePage(object, index);
  }

  @Override
  public Future<Void> invalidateObject(ObjectKey object) {
    return cache.invalidateObject(object);
  }

  @Override
  public Future<Void> invalidateAll() {
    return cache.invalidateAll();
  }

  @Override
  public Future<Void> close() {
    return cache.close();
  }
}

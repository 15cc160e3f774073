package dev.tmem.cli.simulation.shared;

import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.PageStore;
import dev.tmem.cleancache.shared.protocol.Slots;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Pages in a map; a sweep takes its time. Confined to one thread. */
public class SimStore implements PageStore {

  private record Key(ObjectKey object, int index) {}

  private final Map<Key, Buffer> pages = new HashMap<>();
  private final Consumer<Runnable> later;

  /**
   * @param later runs something after a while
   */
  public SimStore(Consumer<Runnable> later) {
    this.later = later;
  }

  @Override
  public Fitness prepare(CacheName cache) {
    return Fitness.FIT;
  }

  @Override
  public Fitness open(CacheName cache, UUID holder, boolean isHeld, long now) {
    return Fitness.FIT;
  }

  @Override
  public Future<Void> close(CacheName cache, UUID holder) {
    return Future.succeededFuture();
  }

  @Override
  public @Nullable Buffer get(CacheName cache, ObjectKey object, int index) {
    return pages.get(new Key(object, index));
  }

  @Override
  public void put(CacheName cache, ObjectKey object, int index, Buffer page) {
    pages.put(new Key(object, index), page);
  }

  @Override
  public void invalidatePage(CacheName cache, ObjectKey object, int index) {
    pages.remove(new Key(object, index));
  }

  @Override
  public Future<Void> invalidateObject(CacheName cache, ObjectKey object) {
    pages.keySet().removeIf(key -> key.object().equals(object));
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> invalidateAll(CacheName cache) {
    pages.clear();
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> drop(IntPredicate slots) {
    Promise<Void> done = Promise.promise();
    later.accept(() -> {
      pages.keySet().removeIf(key -> slots.test(Slots.of(key.object())));
      done.complete();
    });
    return done.future();
  }
}

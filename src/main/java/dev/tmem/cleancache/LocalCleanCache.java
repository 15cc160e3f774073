package dev.tmem.cleancache;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.TmemException;
import dev.tmem.dispatch.CachePages;
import dev.tmem.dispatch.Loaded;
import dev.tmem.dispatch.OnContext;
import dev.tmem.dispatch.PageSpace;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A handle of a clean cache in this process. Thread-safe. */
final class LocalCleanCache implements CleanCache {

  /** The most pages of one batch. */
  static final int MAX_BATCH = 4096;

  private final OpenCache cache;
  private final PageSpace space;
  private final CachePages pages;
  private final AtomicBoolean closed = new AtomicBoolean();

  LocalCleanCache(OpenCache cache) {
    this.cache = cache;
    this.space = cache.space();
    this.pages = space.cache();
  }

  @Override
  public String name() {
    return cache.name();
  }

  @Override
  public CleanCacheOptions options() {
    return cache.options();
  }

  // ---- Checks

  private void checkPage(Buffer page) {
    int pageSize = space.config().pageSize();
    if (page.length() < 1 || page.length() > pageSize) {
      throw invalid(
          ErrorCode.INVALID_PAGE,
          "a page of "
              + page.length()
              + " bytes does not fit cache "
              + name()
              + ": 1 to "
              + pageSize
              + " bytes do");
    }
  }

  private void checkBatch(int count) {
    if (count < 1 || count > MAX_BATCH) {
      throw invalid(
          ErrorCode.MALFORMED_MESSAGE,
          "a batch of " + count + " pages is not allowed; 1 to " + MAX_BATCH + " are");
    }
  }

  private TmemException invalid(ErrorCode code, String message) {
    space.counters().countInvalid();
    return new TmemException(code, message);
  }

  /** What an operation throws is its failure; what has to be waited for is told on the context. */
  private <T extends @Nullable Object> Future<T> attempt(Supplier<Future<T>> operation) {
    if (closed.get()) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.AREA_CLOSED, "this handle of cache " + name() + " was closed"));
    }
    try {
      return OnContext.ofCaller(operation.get());
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
  }

  // ---- One page

  @Override
  public Future<Void> put(ObjectKey object, int index, Buffer page) {
    return attempt(() -> {
      checkPage(page);
      pages.put(object.high(), object.low(), index, bytes(page));
      return Future.succeededFuture();
    });
  }

  private static ByteBuffer bytes(Buffer page) {
    return ((BufferInternal) page).getByteBuf().nioBuffer();
  }

  @Override
  public Future<@Nullable Buffer> get(ObjectKey object, int index) {
    return this.<@Nullable Buffer>attempt(
        () -> Future.succeededFuture(buffer(pages.get(object.high(), object.low(), index))));
  }

  private static @Nullable Buffer buffer(@Nullable Loaded loaded) {
    return loaded == null
        ? null
        : BufferInternal.buffer(Unpooled.wrappedBuffer(loaded.bytes(), 0, loaded.length()));
  }

  @Override
  public Future<Void> invalidatePage(ObjectKey object, int index) {
    return attempt(() -> {
      pages.invalidatePage(object.high(), object.low(), index);
      return Future.succeededFuture();
    });
  }

  // ---- Many pages

  @Override
  public Future<Void> putAll(ObjectKey object, int[] indexes, List<Buffer> many) {
    return attempt(() -> {
      checkBatch(indexes.length);
      if (many.size() != indexes.length) {
        throw invalid(
            ErrorCode.MALFORMED_MESSAGE,
            indexes.length + " indexes were given for " + many.size() + " pages");
      }
      many.forEach(this::checkPage);
      List<ByteBuffer> all = many.stream().map(LocalCleanCache::bytes).toList();
      pages.putAll(object.high(), object.low(), indexes, all);
      return Future.succeededFuture();
    });
  }

  @Override
  public Future<List<@Nullable Buffer>> getAll(ObjectKey object, int[] indexes) {
    return attempt(() -> {
      checkBatch(indexes.length);
      List<@Nullable Buffer> found = new ArrayList<>(indexes.length);
      for (Loaded loaded : pages.getAll(object.high(), object.low(), indexes)) {
        found.add(buffer(loaded));
      }
      return Future.succeededFuture(found);
    });
  }

  @Override
  public Future<Void> invalidateObject(ObjectKey object) {
    return attempt(() -> pages.invalidateObject(object.high(), object.low()).mapEmpty());
  }

  // ---- The whole cache

  @Override
  public Future<Void> invalidateAll() {
    return attempt(() -> {
      space.checkOpen();
      return space.invalidateAll().mapEmpty();
    });
  }

  @Override
  public Future<Void> close() {
    return closed.compareAndSet(false, true)
        ? OnContext.ofCaller(cache.detached())
        : Future.succeededFuture();
  }
}

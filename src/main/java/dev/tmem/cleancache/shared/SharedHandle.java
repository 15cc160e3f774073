package dev.tmem.cleancache.shared;

import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.TmemException;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import dev.tmem.cleancache.shared.protocol.ViewName;
import dev.tmem.codec.PageCodec;
import dev.tmem.dispatch.OnContext;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A handle of a shared cache in a node's process. Thread-safe. */
final class SharedHandle implements SharedCleanCache {

  /** The most pages of one batch. */
  static final int MAX_BATCH = 4096;

  /** Pages of a larger batch are packed quickly, so that its caller is not held for long. */
  private static final int WELL_PACKED_MAX = 64;

  private static final ViewName NO_VIEW = new ViewName(new UUID(0, 0), 0);

  private final SharedCaches owner;
  private final OpenShared cache;
  private final int pageSize;
  private final AtomicBoolean closed = new AtomicBoolean();

  SharedHandle(SharedCaches owner, OpenShared cache) {
    this.owner = owner;
    this.cache = cache;
    this.pageSize = cache.cache().pageSize();
  }

  @Override
  public String name() {
    return "shared:" + cache.uuid();
  }

  @Override
  public UUID uuid() {
    return cache.uuid();
  }

  @Override
  public CleanCacheOptions options() {
    return cache.options();
  }

  // ---- Checks

  private void checkPage(Buffer page) {
    if (page.length() < 1 || page.length() > pageSize) {
      throw new TmemException(
          ErrorCode.INVALID_PAGE,
          "a page of %d bytes does not fit cache %s: 1 to %d bytes do"
              .formatted(page.length(), name(), pageSize));
    }
  }

  private static void checkBatch(int count) {
    if (count < 1 || count > MAX_BATCH) {
      throw new TmemException(
          ErrorCode.MALFORMED_MESSAGE,
          "a batch of " + count + " pages is not allowed; 1 to " + MAX_BATCH + " are");
    }
  }

  /** What an operation throws is its failure; it ends on the caller's context. */
  private <T extends @Nullable Object> Future<T> attempt(Supplier<Future<T>> operation) {
    return attempt(operation, result -> result);
  }

  /** As the other one has it; what is made of the answer is made on the caller's context too. */
  private <A extends @Nullable Object, T extends @Nullable Object> Future<T> attempt(
      Supplier<Future<A>> operation, Function<A, T> read) {
    if (closed.get() || cache.isEnded()) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.AREA_CLOSED, "this handle of cache " + name() + " was closed"));
    }
    try {
      return OnContext.ofCaller(operation.get()).map(read);
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
  }

  // ---- Requests

  private Future<Reply> ask(
      Operation operation,
      ObjectKey object,
      List<Integer> indexes,
      List<Buffer> pages,
      long token) {
    return owner
        .link()
        .begin(new Request(NO_VIEW, 0, 0, operation, cache.cache(), object, indexes, pages, token));
  }

  private Future<Void> change(
      Operation operation, ObjectKey object, List<Integer> indexes, List<Buffer> pages) {
    return ask(operation, object, indexes, pages, 0)
        .compose(reply -> counted(SharedCaches.result(reply, describe(operation, object))));
  }

  private Future<Void> counted(Future<Void> result) {
    if (result.failed()) {
      cache.failures.increment();
    }
    return result;
  }

  private String describe(Operation operation, ObjectKey object) {
    return switch (operation) {
      case PUT -> "object " + object + " of cache " + name() + " was not put";
      case LOAD -> "object " + object + " of cache " + name() + " was not loaded";
      default -> "object " + object + " of cache " + name() + " was not invalidated";
    };
  }

  // ---- One page

  @Override
  public Future<Void> put(ObjectKey object, int index, Buffer page) {
    return attempt(() -> {
      checkPage(page);
      cache.puts.increment();
      return change(Operation.PUT, object, List.of(index), List.of(pack(page)));
    });
  }

  @Override
  public Future<@Nullable Buffer> get(ObjectKey object, int index) {
    return this.<Reply, @Nullable Buffer>attempt(
        () -> ask(Operation.GET, object, List.of(index), List.of(), 0),
        reply -> pageOf(reply, object, index));
  }

  /** The page that a home has answered with; null: it has none, or it is damaged. */
  private @Nullable Buffer pageOf(Reply reply, ObjectKey object, int index) {
    boolean served = reply.outcome() == Outcome.DONE && !reply.pages().isEmpty();
    return unpack(served ? reply.pages().getFirst() : null, object, index);
  }

  // ---- Packed pages

  private Buffer pack(Buffer page) {
    return pack(page, false);
  }

  private Buffer pack(Buffer page, boolean quickly) {
    PageCodec codec = owner.codec();
    return buffer(quickly ? codec.packQuickly(bytes(page)) : codec.pack(bytes(page)));
  }

  private @Nullable Buffer unpack(@Nullable Buffer packed, ObjectKey object, int index) {
    byte[] page = packed == null ? null : owner.codec().unpack(bytes(packed), pageSize);
    if (packed != null && page == null) {
      cache.damaged.increment();
      change(Operation.INVALIDATE_PAGE, object, List.of(index), List.of()); // a miss stays a miss
    }
    (page == null ? cache.misses : cache.hits).increment();
    return page == null ? null : buffer(page);
  }

  private static ByteBuffer bytes(Buffer buffer) {
    return ((BufferInternal) buffer).getByteBuf().nioBuffer();
  }

  private static Buffer buffer(byte[] bytes) {
    return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes));
  }

  @Override
  public Future<Void> invalidatePage(ObjectKey object, int index) {
    return attempt(() -> {
      cache.invalidates.increment();
      return change(Operation.INVALIDATE_PAGE, object, List.of(index), List.of());
    });
  }

  // ---- Many pages: messages of a size that travels well

  @Override
  public Future<Void> putAll(ObjectKey object, int[] indexes, List<Buffer> pages) {
    return attempt(() -> {
      checkBatch(indexes.length);
      if (pages.size() != indexes.length) {
        throw new TmemException(
            ErrorCode.MALFORMED_MESSAGE,
            indexes.length + " indexes were given for " + pages.size() + " pages");
      }
      pages.forEach(this::checkPage);
      cache.puts.add(indexes.length);
      boolean quickly = indexes.length > WELL_PACKED_MAX;
      List<Future<Void>> messages = new ArrayList<>();
      int from = 0;
      while (from < indexes.length) {
        List<Integer> some = new ArrayList<>();
        List<Buffer> copies = new ArrayList<>();
        for (int bytes = 0; from < indexes.length && bytes < SharedLayout.PAGE_BYTES_AIM; from++) {
          some.add(indexes[from]);
          Buffer packed = pack(pages.get(from), quickly);
          copies.add(packed);
          bytes += packed.length();
        }
        messages.add(change(Operation.PUT, object, some, copies));
      }
      return Future.join(messages).mapEmpty();
    });
  }

  @Override
  public Future<List<@Nullable Buffer>> getAll(ObjectKey object, int[] indexes) {
    return attempt(() -> {
      checkBatch(indexes.length);
      int perMessage = Math.max(1, SharedLayout.PAGE_BYTES_AIM / pageSize);
      List<Future<List<@Nullable Buffer>>> messages = new ArrayList<>();
      for (int from = 0; from < indexes.length; from += perMessage) {
        List<Integer> some = new ArrayList<>(perMessage);
        for (int i = from; i < Math.min(indexes.length, from + perMessage); i++) {
          some.add(indexes[i]);
        }
        messages.add(
            OnContext.ofCaller(ask(Operation.GET, object, some, List.of(), 0))
                .map(reply -> pages(reply, object, some)));
      }
      return Future.join(messages)
          .map(all -> {
            List<@Nullable Buffer> found = new ArrayList<>(indexes.length);
            messages.forEach(message -> found.addAll(message.result()));
            return found;
          });
    });
  }

  private List<@Nullable Buffer> pages(Reply reply, ObjectKey object, List<Integer> indexes) {
    List<@Nullable Buffer> pages = new ArrayList<>(indexes.size());
    boolean served = reply.outcome() == Outcome.DONE && reply.pages().size() == indexes.size();
    for (int i = 0; i < indexes.size(); i++) {
      pages.add(unpack(served ? reply.pages().get(i) : null, object, indexes.get(i)));
    }
    return pages;
  }

  @Override
  public Future<Void> invalidateObject(ObjectKey object) {
    return attempt(() -> {
      cache.invalidates.increment();
      return change(Operation.INVALIDATE_OBJECT, object, List.of(), List.of());
    });
  }

  // ---- Loading

  @Override
  public Future<Buffer> getOrLoad(ObjectKey object, int index, Supplier<Future<Buffer>> loader) {
    return attempt(() ->
        whereLoadersRun(ask(Operation.LOAD, object, List.of(index), List.of(), 0))
            .compose(reply -> {
              Buffer page = pageOf(reply, object, index);
              if (page != null) {
                return Future.succeededFuture(page);
              }
              return switch (reply.outcome()) {
                case LOAD_FAILED, OTHER_OPTIONS ->
                    Future.failedFuture(
                        SharedCaches.failure(reply, describe(Operation.LOAD, object)));
                default -> load(object, index, reply.token(), loader);
              };
            }));
  }

  private Future<Buffer> load(
      ObjectKey object, int index, long token, Supplier<Future<Buffer>> loader) {
    cache.loads.increment();
    Loading.Teller home =
        (operation, pages) ->
            ask(
                operation,
                object,
                List.of(index),
                operation == Operation.PUT ? List.of(pack(pages.getFirst())) : pages,
                token);
    return new Loading(owner.scheduler(), token == 0 ? null : home, this::checkPage).run(loader);
  }

  /** A loader may take its time: the threads on which answers come are not for it. */
  private <T> Future<T> whereLoadersRun(Future<T> future) {
    if (future.isComplete() || Vertx.currentContext() != null) {
      return OnContext.ofCaller(future);
    }
    Promise<T> promise = Promise.promise();
    future.onComplete(result -> owner.scheduler().execute(() -> promise.handle(result)));
    return promise.future();
  }

  // ---- The whole cache

  @Override
  public Future<Void> invalidateAll() {
    return attempt(() -> {
      cache.invalidates.increment();
      return owner
          .link()
          .beginAtAll(SharedCaches.ofAll(Operation.INVALIDATE_CACHE, cache.cache()))
          .compose(reply ->
              counted(SharedCaches.result(reply, "cache " + name() + " was not invalidated")));
    });
  }

  @Override
  public Future<Void> close() {
    if (!closed.compareAndSet(false, true) || !cache.release()) {
      return Future.succeededFuture();
    }
    return OnContext.ofCaller(owner.ended(cache));
  }
}

package dev.tmem.eventbus;

import dev.tmem.AreaGoneException;
import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A clean cache of a node elsewhere. It names the cache's number and the node's incarnation with
 * each request, so that it never mistakes another cache for its own; and lets the node hear of it
 * while it is open, used or not. Thread-safe.
 */
final class RemoteCleanCache implements CleanCache {

  /** How often the node hears of an open handle: several times before it takes it for closed. */
  private static final long TOUCH_MILLIS = Leases.IDLE_NANOS / 1_000_000 / 4;

  private final Channel channel;
  private final String name;
  private final long number;
  private final String incarnation;
  private final CleanCacheOptions options;
  private final Consumer<? super CleanCache> onClose;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final long timer;

  /**
   * @param description what the node answered when the cache was opened
   * @param onClose hears when this handle is closed
   */
  RemoteCleanCache(Channel channel, JsonObject description, Consumer<? super CleanCache> onClose) {
    this.channel = channel;
    this.onClose = onClose;
    this.name = description.getString("cache");
    this.number = description.getLong("number");
    this.incarnation = description.getString("incarnation");
    this.options = new CleanCacheOptions(description.getJsonObject("options"));
    this.timer = channel.vertx().setPeriodic(TOUCH_MILLIS, tick -> touch());
  }

  private void touch() {
    channel.request(action("touchCache"), null, false);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public CleanCacheOptions options() {
    return new CleanCacheOptions(options);
  }

  // ---- Requests

  private DeliveryOptions action(String action) {
    return new DeliveryOptions()
        .addHeader(Headers.ACTION, action)
        .addHeader(Headers.CACHE, name)
        .addHeader(Headers.NUMBER, Long.toString(number))
        .addHeader(Headers.INCARNATION, incarnation);
  }

  private DeliveryOptions action(String action, ObjectKey object) {
    return action(action).addHeader(Headers.OBJECT, object.toString());
  }

  private DeliveryOptions action(String action, ObjectKey object, int index) {
    return action(action, object).addHeader(Headers.INDEX, Integer.toUnsignedString(index));
  }

  private Future<Void> change(DeliveryOptions action, @Nullable Object body) {
    return closed.get() ? refuseClosed() : channel.request(action, body, true).mapEmpty();
  }

  /** A get that is exclusive changes something, so nobody knows what became of a lost one. */
  private Future<Message<Object>> fetch(DeliveryOptions action, @Nullable Object body, int pages) {
    return closed.get()
        ? refuseClosed()
        : channel.request(action, body, options.isExclusiveGets(), pages * options.getPageSize());
  }

  private <T extends @Nullable Object> Future<T> refuseClosed() {
    return Future.failedFuture(
        new TmemException(ErrorCode.AREA_CLOSED, "this handle of cache " + name + " was closed"));
  }

  // ---- One page

  @Override
  public Future<Void> put(ObjectKey object, int index, Buffer page) {
    TmemException unfit = unfit(page);
    return unfit == null
        ? change(action("put", object, index), page.copy())
        : Future.failedFuture(unfit);
  }

  /** Of a page that no cache takes: it does not travel. Of any other the node judges. */
  private @Nullable TmemException unfit(Buffer page) {
    return page.length() <= SwapAreaOptions.MAX_PAGE_SIZE
        ? null
        : new TmemException(
            ErrorCode.INVALID_PAGE,
            "a page has "
                + page.length()
                + " bytes; cache "
                + name
                + " takes 1 to "
                + options.getPageSize());
  }

  @Override
  public Future<@Nullable Buffer> get(ObjectKey object, int index) {
    return fetch(action("get", object, index), null, 1).map(reply -> (Buffer) reply.body());
  }

  @Override
  public Future<Void> invalidatePage(ObjectKey object, int index) {
    return change(action("invalidateCachePage", object, index), null);
  }

  // ---- Many pages: messages of a size that travels well

  @Override
  public Future<Void> putAll(ObjectKey object, int[] indexes, List<Buffer> pages) {
    TmemException wrong = wrongBatch(indexes, pages);
    if (wrong != null) {
      return Future.failedFuture(wrong);
    }
    List<Future<Void>> messages = new ArrayList<>();
    int from = 0;
    while (from < indexes.length) {
      int to = from;
      long bytes = 0;
      while (to < indexes.length && bytes < RemoteSwapArea.MESSAGE_BYTES) {
        bytes += pages.get(to).length() + BatchLayout.HEADER_BYTES;
        to++;
      }
      Buffer body = BatchLayout.encode(written(indexes, from, to), pages.subList(from, to));
      messages.add(change(action("putAll", object), body));
      from = to;
    }
    return Future.join(messages).mapEmpty();
  }

  /** All of the batch is judged before any of it is sent, as in the cache's own process. */
  private @Nullable TmemException wrongBatch(int[] indexes, List<Buffer> pages) {
    if (pages.size() != indexes.length) {
      return Request.malformed(
          indexes.length + " indexes were given for " + pages.size() + " pages");
    }
    for (Buffer page : pages) {
      if (page.length() < 1 || page.length() > options.getPageSize()) {
        return new TmemException(
            ErrorCode.INVALID_PAGE,
            "a page of "
                + page.length()
                + " bytes does not fit cache "
                + name
                + ": 1 to "
                + options.getPageSize()
                + " bytes do");
      }
    }
    return wrongCount(indexes.length);
  }

  private static @Nullable TmemException wrongCount(int count) {
    return count >= 1 && count <= BatchLayout.MAX_PAGES
        ? null
        : Request.malformed(
            "a batch of "
                + count
                + " pages is not allowed; 1 to "
                + BatchLayout.MAX_PAGES
                + " are");
  }

  private static long[] written(int[] indexes, int from, int to) {
    long[] written = new long[to - from];
    for (int i = 0; i < written.length; i++) {
      written[i] = Integer.toUnsignedLong(indexes[from + i]);
    }
    return written;
  }

  @Override
  public Future<List<@Nullable Buffer>> getAll(ObjectKey object, int[] indexes) {
    TmemException wrong = wrongCount(indexes.length);
    if (wrong != null) {
      return Future.failedFuture(wrong);
    }
    int perMessage = Math.max(1, RemoteSwapArea.MESSAGE_BYTES / options.getPageSize());
    @Nullable Buffer[] pages = new @Nullable Buffer[indexes.length];
    List<Future<Void>> messages = new ArrayList<>();
    for (int i = 0; i < indexes.length; i += perMessage) {
      int from = i;
      long[] part = written(indexes, from, Math.min(indexes.length, from + perMessage));
      messages.add(
          fetch(action("getAll", object), BatchLayout.encodeOffsets(part), part.length)
              .map(reply -> fill(pages, from, part, (Buffer) reply.body())));
    }
    return Future.join(messages).map(all -> Arrays.asList(pages));
  }

  private static @Nullable Void fill(@Nullable Buffer[] pages, int from, long[] part, Buffer body) {
    BatchLayout.Batch batch = BatchLayout.decode(body);
    if (!Arrays.equals(part, batch.offsetArray())) {
      throw Request.malformed("the node answered with other pages than were asked for");
    }
    for (int i = 0; i < part.length; i++) {
      pages[from + i] = batch.pages().get(i);
    }
    return null;
  }

  @Override
  public Future<Void> invalidateObject(ObjectKey object) {
    return change(action("invalidateObject", object), null);
  }

  // ---- The whole cache

  @Override
  public Future<Void> invalidateAll() {
    return change(action("invalidateCache"), null);
  }

  @Override
  public Future<Void> close() {
    if (!closed.compareAndSet(false, true)) {
      return Future.succeededFuture();
    }
    channel.vertx().cancelTimer(timer);
    onClose.accept(this);
    return channel
        .request(action("closeCache"), null, true)
        .<Void>mapEmpty()
        .recover(error ->
            error instanceof AreaGoneException
                ? Future.succeededFuture()
                : Future.failedFuture(error));
  }
}

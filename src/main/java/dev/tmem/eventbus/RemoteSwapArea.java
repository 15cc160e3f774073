package dev.tmem.eventbus;

import dev.tmem.AreaGoneException;
import dev.tmem.ErrorCode;
import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A swap area of a node elsewhere. It names the area's number and the node's incarnation with each
 * request, so that it never mistakes another area for its own. Thread-safe.
 */
final class RemoteSwapArea implements SwapArea {

  /** Bytes of pages in one message: about where the event bus carries most. */
  static final int MESSAGE_BYTES = 128 << 10;

  private final Channel channel;
  private final String name;
  private final long number;
  private final String incarnation;
  private final SwapAreaOptions options;
  private final Consumer<? super SwapArea> onClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param description what the node answered when the area was opened
   * @param onClose hears when this handle is closed
   */
  RemoteSwapArea(Channel channel, JsonObject description, Consumer<? super SwapArea> onClose) {
    this.channel = channel;
    this.onClose = onClose;
    this.name = description.getString("area");
    this.number = description.getLong("number");
    this.incarnation = description.getString("incarnation");
    this.options = new SwapAreaOptions(description.getJsonObject("options"));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public SwapAreaOptions options() {
    return new SwapAreaOptions(options);
  }

  // ---- Requests

  private DeliveryOptions action(String action) {
    return new DeliveryOptions()
        .addHeader(Headers.ACTION, action)
        .addHeader(Headers.AREA, name)
        .addHeader(Headers.NUMBER, Long.toString(number))
        .addHeader(Headers.INCARNATION, incarnation);
  }

  private DeliveryOptions action(String action, long offset) {
    return action(action).addHeader(Headers.OFFSET, Long.toString(offset));
  }

  /** Asks; the answer is short. */
  private Future<Message<Object>> ask(DeliveryOptions action) {
    return send(action, null, false, 0);
  }

  /** Asks for pages. */
  private Future<Message<Object>> fetch(DeliveryOptions action, @Nullable Object body, int pages) {
    return send(action, body, false, pages * options.getPageSize());
  }

  private Future<Void> change(DeliveryOptions action, @Nullable Object body) {
    return send(action, body, true, 0).mapEmpty();
  }

  private Future<Message<Object>> send(
      DeliveryOptions action, @Nullable Object body, boolean changes, int answerBytes) {
    if (closed.get()) {
      return Future.failedFuture(closedError());
    }
    return channel.request(action, body, changes, answerBytes);
  }

  private TmemException closedError() {
    return new TmemException(ErrorCode.AREA_CLOSED, "this handle of area " + name + " was closed");
  }

  // ---- One page

  @Override
  public Future<Void> store(long offset, Buffer page) {
    TmemException unfit = unfit(offset, page);
    if (unfit != null) {
      return Future.failedFuture(unfit);
    }
    return change(action("store", offset), page.copy());
  }

  /** Of a page that no area takes: it does not travel. Of any other the node judges, and counts. */
  private @Nullable TmemException unfit(long offset, Buffer page) {
    return page.length() <= SwapAreaOptions.MAX_PAGE_SIZE
        ? null
        : new TmemException(
            ErrorCode.INVALID_PAGE,
            "the page for offset "
                + offset
                + " has "
                + page.length()
                + " bytes; area "
                + name
                + " takes 1 to "
                + options.getPageSize());
  }

  @Override
  public Future<@Nullable Buffer> load(long offset) {
    return fetch(action("load", offset), null, 1)
        .compose(reply -> decided(reply, "commit").map((Buffer) reply.body()));
  }

  /**
   * Of an exclusive area: the node gives the pages up when it hears that they have arrived. Should
   * it not hear it, they come back there, which harms nobody; so the load has succeeded.
   */
  private Future<Void> decided(Collection<Message<Object>> replies, String action) {
    return Future.join(replies.stream().map(reply -> decided(reply, action)).toList()).mapEmpty();
  }

  private Future<Void> decided(Message<Object> reply, String action) {
    String take = reply.headers().get(Headers.TAKE);
    return take == null
        ? Future.succeededFuture()
        : channel
            .request(action(action).addHeader(Headers.TAKE, take), null, true)
            .<Void>mapEmpty()
            .otherwiseEmpty();
  }

  @Override
  public Future<@Nullable Taken> take(long offset) {
    return send(action("take", offset), null, true, options.getPageSize())
        .map(reply ->
            reply.body() instanceof Buffer page
                ? new RemoteTaken(page, String.valueOf(reply.headers().get(Headers.TAKE)))
                : null);
  }

  /** A page taken at the node. A decision is kept, unless it is not known to have arrived. */
  private final class RemoteTaken implements Taken {
    private final Buffer page;
    private final String take;
    private @Nullable Future<Boolean> decision;

    RemoteTaken(Buffer page, String take) {
      this.page = page;
      this.take = take;
    }

    @Override
    public Buffer page() {
      return page.copy();
    }

    @Override
    public Future<Boolean> commit() {
      return decide("commit");
    }

    @Override
    public Future<Boolean> putBack() {
      return decide("putBack");
    }

    private synchronized Future<Boolean> decide(String action) {
      Future<Boolean> made = decision;
      if (made == null || made.failed()) {
        made =
            channel
                .request(action(action).addHeader(Headers.TAKE, take), null, true)
                .map(reply -> (Boolean) reply.body());
        decision = made;
      }
      return made;
    }
  }

  @Override
  public Future<Void> invalidatePage(long offset) {
    return change(action("invalidatePage", offset), null);
  }

  @Override
  public Future<Boolean> contains(long offset) {
    return ask(action("contains", offset)).map(reply -> (Boolean) reply.body());
  }

  @Override
  public Future<Long> epoch(long offset) {
    return ask(action("epoch", offset)).map(reply -> (Long) reply.body());
  }

  // ---- Many pages: messages of a size that travels well

  @Override
  public Future<Void> storeAll(long[] offsets, List<Buffer> pages) {
    if (pages.size() != offsets.length) {
      return refuse(offsets.length + " offsets were given for " + pages.size() + " pages");
    }
    return checked(offsets.length)
        .compose(done -> {
          BatchParts parts = new BatchParts();
          int from = 0;
          while (from < offsets.length) {
            int to = endOfMessage(offsets, pages, from);
            long[] part = Arrays.copyOfRange(offsets, from, to);
            TmemException unfit = unfit(offsets[from], pages.get(from));
            Future<Void> message =
                unfit == null
                    ? change(action("storeAll"), BatchLayout.encode(part, pages.subList(from, to)))
                    : Future.failedFuture(unfit);
            parts.add(part, message);
            from = to;
          }
          return parts.each();
        });
  }

  /**
   * Where the message that begins with that page ends; a page that is unfit is alone in its own.
   */
  private int endOfMessage(long[] offsets, List<Buffer> pages, int from) {
    if (unfit(offsets[from], pages.get(from)) != null) {
      return from + 1;
    }
    int to = from;
    long bytes = 0;
    while (to < offsets.length
        && bytes < MESSAGE_BYTES
        && unfit(offsets[to], pages.get(to)) == null) {
      bytes += pages.get(to).length() + BatchLayout.HEADER_BYTES;
      to++;
    }
    return to;
  }

  @Override
  public Future<List<@Nullable Buffer>> loadAll(long[] offsets) {
    return checked(offsets.length)
        .compose(done -> {
          int perMessage = Math.max(1, MESSAGE_BYTES / options.getPageSize());
          BatchParts parts = new BatchParts();
          Queue<Message<Object>> answers = new ConcurrentLinkedQueue<>();
          @Nullable Buffer[] pages = new @Nullable Buffer[offsets.length];
          for (int i = 0; i < offsets.length; i += perMessage) {
            int from = i;
            long[] part = Arrays.copyOfRange(offsets, i, Math.min(offsets.length, i + perMessage));
            Buffer body = BatchLayout.encodeOffsets(part);
            Future<?> message =
                fetch(action("loadAll"), body, part.length)
                    .map(reply -> {
                      answers.add(reply);
                      fill(pages, from, part, (Buffer) reply.body());
                      return null;
                    });
            parts.add(part, message);
          }
          return parts
              .allOrNone()
              .compose(
                  all -> decided(answers, "commit"),
                  error ->
                      decided(answers, "putBack").transform(undone -> Future.failedFuture(error)))
              .map(all -> Arrays.asList(pages));
        });
  }

  private static void fill(@Nullable Buffer[] pages, int from, long[] part, Buffer body) {
    BatchLayout.Batch batch = BatchLayout.decode(body);
    if (!Arrays.equals(part, batch.offsetArray())) {
      throw Request.malformed("the node answered with other pages than were asked for");
    }
    for (int i = 0; i < part.length; i++) {
      pages[from + i] = batch.pages().get(i);
    }
  }

  @Override
  public Future<Void> invalidateAll(long[] offsets) {
    return checked(offsets.length)
        .compose(done -> change(action("invalidateAll"), BatchLayout.encodeOffsets(offsets)));
  }

  private Future<Void> checked(int count) {
    return count < 1 || count > BatchLayout.MAX_PAGES
        ? refuse(
            "a batch of " + count + " pages is not allowed; 1 to " + BatchLayout.MAX_PAGES + " are")
        : Future.succeededFuture();
  }

  private static <T> Future<T> refuse(String message) {
    return Future.failedFuture(Request.malformed(message));
  }

  // ---- The whole area

  @Override
  public Future<Void> invalidateArea() {
    return change(action("invalidateArea"), null);
  }

  @Override
  public Future<Long> pages() {
    return ask(action("pages")).map(reply -> (Long) reply.body());
  }

  @Override
  public Future<long[]> offsets(long from, int max) {
    return ask(action("offsets", from).addHeader(Headers.MAX, Integer.toString(max)))
        .map(reply -> BatchLayout.decodeOffsets((Buffer) reply.body()));
  }

  @Override
  public Future<Void> change(SwapAreaOptions changed) {
    return change(action("change"), changed.toJson());
  }

  @Override
  public Future<Void> freeze() {
    return change(action("freeze"), null);
  }

  @Override
  public Future<Void> thaw() {
    return change(action("thaw"), null);
  }

  @Override
  public Future<Listening> onFreed(Consumer<? super FreedPages> listener) {
    return ask(action("attach"))
        .compose(reply -> {
          TmemException unheard = unheard((JsonObject) reply.body());
          return unheard != null ? Future.failedFuture(unheard) : channel.listen(heardBy(listener));
        });
  }

  /** Why nothing of what is freed would be heard of; null: all of it is. */
  private @Nullable TmemException unheard(JsonObject description) {
    if (description.getLong("number") != number) {
      return new AreaGoneException("area " + name + ", number " + number + ", was swapped off");
    }
    return new SwapAreaOptions(description.getJsonObject("options")).isFreeEvents()
        ? null
        : new TmemException(
            ErrorCode.OPTIONS_MISMATCH,
            "area " + name + " tells only its own process what it frees: freeEvents is false");
  }

  private Consumer<TmemEvent> heardBy(Consumer<? super FreedPages> listener) {
    return event -> {
      if (event instanceof TmemEvent.PagesFreed freed && freed.freed().number() == number) {
        listener.accept(freed.freed());
      }
    };
  }

  @Override
  public Future<Void> flush() {
    return change(action("flush"), null);
  }

  @Override
  public boolean storeNow(long offset, ByteBuffer page) {
    checkOpen();
    return false;
  }

  @Override
  public int loadNow(long offset, ByteBuffer into) {
    checkOpen();
    return ELSEWHERE;
  }

  private void checkOpen() {
    if (closed.get()) {
      throw closedError();
    }
  }

  @Override
  public Future<Void> close() {
    if (closed.compareAndSet(false, true)) {
      onClose.accept(this);
      return channel
          .request(action("close"), null, true)
          .<Void>mapEmpty()
          .recover(error ->
              error instanceof AreaGoneException
                  ? Future.succeededFuture()
                  : Future.failedFuture(error));
    }
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> swapOff() {
    return change(action("swapOff"), null)
        .onSuccess(done -> {
          closed.set(true);
          onClose.accept(this);
        });
  }
}

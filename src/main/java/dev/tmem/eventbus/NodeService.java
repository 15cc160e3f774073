package dev.tmem.eventbus;

import dev.tmem.AreaGoneException;
import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.TmemException;
import dev.tmem.admin.Identity;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves a node's swap areas and clean caches at {@code tmem.NODE}.
 *
 * <p>Requests begin in the order in which they arrive; one that has to wait does not hold up the
 * next. Whatever is wrong with a request is answered, never dropped.
 *
 * <p>Confined to the context on which it was started.
 */
public final class NodeService {

  /** Requests in service at once; more are refused. */
  static final int MAX_REQUESTS = 16_384;

  /** Bytes of the bodies of requests in service, and so of any one. */
  static final long MAX_BYTES = 64L << 20;

  /** Bytes of pages that requests in service may be answered with, and so of any one answer. */
  static final long MAX_ANSWER_BYTES = 64L << 20;

  /** A reply: its body, and the header {@code take} of one. */
  record Answer(@Nullable Object body, @Nullable String take) {
    static Answer of(@Nullable Object body) {
      return new Answer(body, null);
    }
  }

  private final Vertx vertx;
  private final Identity identity;
  private final SwapAreas areas;
  private final Clients clients = new Clients();
  private final Leases<SwapArea> leases = new Leases<>(System::nanoTime, SwapArea::close);
  private final CacheActions caches;
  private final Takes takes = new Takes(System::nanoTime);
  private final Map<String, Function<Request, Future<Answer>>> actions = new LinkedHashMap<>();
  private @Nullable MessageConsumer<Object> consumer;
  private int requests;
  private long bytes;
  private long answerBytes;
  private boolean takesTimer;

  public NodeService(Vertx vertx, Identity identity, SwapAreas areas, CleanCaches caches) {
    this.vertx = vertx;
    this.identity = identity;
    this.areas = areas;
    this.caches = new CacheActions(this, caches);
    actions.put("hello", request -> Future.succeededFuture(Answer.of(describe())));
    actions.put("open", this::open);
    actions.put("attach", this::attach);
    actions.put("close", this::close);
    onArea("store", (area, r) -> area.store(r.offset(), r.bytes()));
    onArea("invalidatePage", (area, r) -> area.invalidatePage(r.offset()));
    onArea("invalidateArea", (area, r) -> area.invalidateArea());
    onArea("contains", (area, r) -> area.contains(r.offset()));
    onArea("epoch", (area, r) -> area.epoch(r.offset()));
    onArea("pages", (area, r) -> area.pages());
    onArea("flush", (area, r) -> area.flush());
    onArea("swapOff", (area, r) -> area.swapOff());
    onArea("storeAll", NodeService::storeAll);
    onArea("invalidateAll", (area, r) -> area.invalidateAll(BatchLayout.decodeOffsets(r.bytes())));
    onArea("offsets", NodeService::offsets);
    onArea("change", (area, r) -> area.change(new SwapAreaOptions(r.json())));
    onArea("freeze", (area, r) -> area.freeze());
    onArea("thaw", (area, r) -> area.thaw());
    actions.put("load", this::load);
    actions.put("loadAll", this::loadAll);
    actions.put("take", this::take);
    actions.put("commit", r -> takes.decide(r.text(Headers.TAKE), true).map(Answer::of));
    actions.put("putBack", r -> takes.decide(r.text(Headers.TAKE), false).map(Answer::of));
    this.caches.addTo(actions);
  }

  private void onArea(String action, BiFunction<SwapArea, Request, ? extends Future<?>> call) {
    actions.put(action, request -> withArea(request, area -> call.apply(area, request)));
  }

  /** Begins to serve; completes when the cluster knows the address. */
  public Future<Void> start() {
    MessageConsumer<Object> registered = vertx.eventBus().consumer(Addresses.node(identity.name()));
    consumer = registered;
    registered.handler(this::serve);
    return registered.completion();
  }

  /** Stops serving; requests in service are answered still. */
  public Future<Void> stop() {
    leases.closeAll();
    caches.closeAll();
    return consumer == null ? Future.succeededFuture() : consumer.unregister();
  }

  // ---- Any request

  private void serve(Message<Object> message) {
    Request request = new Request(message);
    requests++;
    int size;
    try {
      size = request.bodyBytes();
    } catch (TmemException e) {
      requests--;
      Failures.reply(message, e);
      return;
    }
    bytes += size;
    here(begin(request, size))
        .onComplete(done -> {
          requests--;
          bytes -= size;
          if (done.succeeded()) {
            reply(message, done.result());
          } else {
            Failures.reply(message, done.cause());
          }
        });
  }

  /** Whatever goes wrong is an answer too. */
  private Future<Answer> begin(Request request, int size) {
    try {
      checkRoom(size);
      return admitted(request);
    } catch (RuntimeException | Error e) {
      return Future.failedFuture(e);
    }
  }

  /** Completes on this context, wherever that was which it waits for. */
  <T extends @Nullable Object> Future<T> here(Future<T> future) {
    if (future.isComplete()) {
      return future;
    }
    Promise<T> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
    future.onComplete(promise);
    return promise.future();
  }

  private void checkRoom(int size) {
    if (size > MAX_BYTES) {
      throw Request.malformed(
          "the body has " + size + " bytes; at most " + MAX_BYTES + " are served");
    }
    if (requests > MAX_REQUESTS || bytes > MAX_BYTES) {
      throw new TmemException(
          ErrorCode.OVERLOADED,
          "node "
              + identity.name()
              + " serves "
              + requests
              + " requests of "
              + bytes
              + " bytes; at most "
              + MAX_REQUESTS
              + " of "
              + MAX_BYTES
              + " are served at once");
    }
  }

  private Future<Answer> admitted(Request request) {
    String action = request.action();
    Function<Request, Future<Answer>> call = actions.get(action);
    if (call == null) {
      throw Request.malformed(
          "there is no action " + action + "; there are " + String.join(", ", actions.keySet()));
    }
    checkIncarnation(request);
    if (request.optional(Headers.DEADLINE) != null
        && request.number(Headers.DEADLINE) < System.currentTimeMillis()) {
      throw new TmemException(
          ErrorCode.EXPIRED, "the request's deadline has passed; nothing was done");
    }
    String client = request.optional(Headers.CLIENT);
    if (client != null) {
      clients.admit(client, request.number(Headers.SEQUENCE), request.number(Headers.FLOOR));
    }
    return call.apply(request);
  }

  private void checkIncarnation(Request request) {
    String meant = request.optional(Headers.INCARNATION);
    if (meant != null && !meant.equals(identity.incarnation())) {
      throw new TmemException(
          ErrorCode.WRONG_INCARNATION,
          "node "
              + identity.name()
              + " is incarnation "
              + identity.incarnation()
              + ", not "
              + meant);
    }
  }

  private static void reply(Message<Object> message, Answer answer) {
    DeliveryOptions options = new DeliveryOptions();
    if (answer.take() != null) {
      options.addHeader(Headers.TAKE, answer.take());
    }
    message.reply(answer.body(), options);
  }

  // ---- Areas

  JsonObject describe() {
    return new JsonObject()
        .put("node", identity.name())
        .put("incarnation", identity.incarnation())
        .put("timeMillis", System.currentTimeMillis());
  }

  private JsonObject describe(OpenArea area) {
    return describe()
        .put("area", area.name())
        .put("number", area.number())
        .put("options", area.options().toJson());
  }

  private Future<Answer> open(Request request) {
    String name = request.area();
    SwapAreaOptions options = new SwapAreaOptions(request.json());
    return here(areas.open(name, options)).map(area -> lease(request, area));
  }

  private Future<Answer> attach(Request request) {
    return here(areas.find(request.area())).map(area -> lease(request, area));
  }

  private Answer lease(Request request, OpenArea area) {
    String client = request.optional(Headers.CLIENT);
    if (client != null) {
      leases.open(client, area.name(), area.number(), area::attach);
    }
    return Answer.of(describe(area));
  }

  private Future<Answer> close(Request request) {
    Long number = request.optional(Headers.NUMBER) == null ? null : request.number(Headers.NUMBER);
    leases.close(request.text(Headers.CLIENT), request.area(), number);
    return Future.succeededFuture(Answer.of(null));
  }

  /** Runs an operation on the area that the request means. */
  private Future<Answer> withArea(Request request, Function<SwapArea, ? extends Future<?>> call) {
    return meant(request).compose(area -> call.apply(area).map(Answer::of));
  }

  private Future<SwapArea> meant(Request request) {
    String number = request.optional(Headers.NUMBER);
    return here(areas.find(request.area()))
        .map(area -> {
          if (number != null && request.number(Headers.NUMBER) != area.number()) {
            throw new AreaGoneException(
                "area " + area.name() + " is number " + area.number() + " by now, not " + number);
          }
          return leases.handle(
              request.optional(Headers.CLIENT), area.name(), area.number(), area::peek);
        })
        .recover(error -> Future.failedFuture(goneIfNumbered(request.area(), number, error)));
  }

  /** To a request that names a number, an unknown area is one that was swapped off. */
  private static Throwable goneIfNumbered(String name, @Nullable String number, Throwable error) {
    return number != null
            && error instanceof TmemException known
            && known.code() == ErrorCode.UNKNOWN_AREA
        ? new AreaGoneException("area " + name + ", number " + number + ", was swapped off")
        : error;
  }

  /** Begins what answers with pages, if there is room for them. */
  private <T extends @Nullable Object> Future<T> answering(
      SwapArea area, int pages, Supplier<Future<T>> load) {
    return answering((long) pages * area.options().getPageSize(), load);
  }

  /**
   * As above.
   *
   * @param expected bytes of the pages, at the most
   */
  <T extends @Nullable Object> Future<T> answering(long expected, Supplier<Future<T>> load) {
    if (expected > MAX_ANSWER_BYTES) {
      throw Request.malformed(
          "the pages may have " + expected + " bytes; an answer has " + MAX_ANSWER_BYTES);
    }
    if (answerBytes + expected > MAX_ANSWER_BYTES) {
      throw new TmemException(
          ErrorCode.OVERLOADED,
          "node " + identity.name() + " is loading " + answerBytes + " bytes for others already");
    }
    Future<T> loaded = here(load.get());
    answerBytes += expected;
    return loaded.onComplete(done -> answerBytes -= expected);
  }

  // ---- Many pages

  private static Future<Void> storeAll(SwapArea area, Request request) {
    BatchLayout.Batch batch = BatchLayout.decode(request.bytes());
    List<Buffer> pages = batch.pages().stream().map(NodeService::present).toList();
    return area.storeAll(batch.offsetArray(), pages);
  }

  static Buffer present(@Nullable Buffer page) {
    if (page == null) {
      throw Request.malformed("a page to be stored has length -1, which means absent");
    }
    return page;
  }

  private Future<Answer> loadAll(Request request) {
    return meant(request)
        .compose(area -> {
          long[] offsets = BatchLayout.decodeOffsets(request.bytes());
          return area.options().isExclusive()
              ? takeAll(area, offsets)
              : answering(area, offsets.length, () -> area.loadAll(offsets))
                  .map(pages -> Answer.of(BatchLayout.encode(offsets, pages)));
        });
  }

  /** Of an exclusive area: the pages are given up when the client says that it has them. */
  private Future<Answer> takeAll(SwapArea area, long[] offsets) {
    takes.checkRoom(offsets.length * area.options().getPageSize());
    return answering(area, offsets.length, () -> takeEach(area, offsets))
        .map(taken -> {
          List<@Nullable Buffer> pages = new ArrayList<>(offsets.length);
          StringJoiner names = new StringJoiner(",");
          for (@Nullable Taken take : taken) {
            Buffer page = take == null ? null : take.page();
            pages.add(page);
            if (take != null && page != null) {
              names.add(takes.add(take, page.length()));
            }
          }
          forgetTakesLater();
          return new Answer(
              BatchLayout.encode(offsets, pages), names.length() == 0 ? null : names.toString());
        });
  }

  /** All, or none: then those that were taken are put back. */
  private static Future<List<@Nullable Taken>> takeEach(SwapArea area, long[] offsets) {
    BatchParts parts = new BatchParts();
    List<Future<@Nullable Taken>> taken = new ArrayList<>(offsets.length);
    for (long offset : offsets) {
      Future<@Nullable Taken> take = area.take(offset);
      taken.add(take);
      parts.add(new long[] {offset}, take);
    }
    return parts
        .allOrNone()
        .<List<@Nullable Taken>>map(all -> {
          List<@Nullable Taken> list = new ArrayList<>(offsets.length);
          taken.forEach(take -> list.add(take.result()));
          return list;
        })
        .onFailure(error ->
            taken.forEach(take ->
                take.onSuccess(page -> {
                  if (page != null) {
                    page.putBack();
                  }
                })));
  }

  private Future<Answer> load(Request request) {
    return meant(request)
        .compose(area ->
            area.options().isExclusive()
                ? take(area, request)
                : answering(area, 1, () -> area.load(request.offset())).map(Answer::of));
  }

  private static Future<Buffer> offsets(SwapArea area, Request request) {
    long max = request.number(Headers.MAX);
    int bounded = Math.clamp(max, -1, Integer.MAX_VALUE);
    return area.offsets(request.offset(), bounded).map(BatchLayout::encodeOffsets);
  }

  private Future<Answer> take(Request request) {
    return meant(request).compose(area -> take(area, request));
  }

  private Future<Answer> take(SwapArea area, Request request) {
    takes.checkRoom(area.options().getPageSize());
    return answering(area, 1, () -> area.take(request.offset()))
        .map(taken -> taken == null ? Answer.of(null) : remember(taken));
  }

  private Answer remember(Taken taken) {
    Buffer page = taken.page();
    forgetTakesLater();
    return new Answer(page, takes.add(taken, page.length()));
  }

  /** As long as takes are remembered, somebody has to forget them. */
  private void forgetTakesLater() {
    if (takesTimer) {
      return;
    }
    takesTimer = true;
    vertx.setTimer(
        Takes.REMEMBERED_NANOS / 1_000_000,
        timer -> {
          takesTimer = false;
          if (takes.forgetOld() > 0) {
            forgetTakesLater();
          }
        });
  }

  /** The actions there are. */
  Set<String> actions() {
    return Set.copyOf(actions.keySet());
  }
}

package dev.tmem.cleancache.shared;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.Options;
import dev.tmem.OutcomeUnknownException;
import dev.tmem.SharedCleanCache;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.backend.Scheduler;
import dev.tmem.cleancache.shared.protocol.Message;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import dev.tmem.cleancache.shared.protocol.View;
import dev.tmem.cleancache.shared.protocol.ViewName;
import dev.tmem.codec.PageCodec;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.Notifier;
import dev.tmem.ramster.Transport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The shared clean caches of a node: those it holds open, and its part as a home of pages.
 *
 * <p>Thread-safe: under this object's monitor a UUID is given to one {@link OpenShared} at a time.
 */
public final class SharedCaches {

  /** How often the homes hear which caches this node holds open. */
  private static final long HOLD_MILLIS = PoolPages.HOLDER_NANOS / 1_000_000 / 6;

  private static final ViewName NO_VIEW = new ViewName(new UUID(0, 0), 0);
  private static final ObjectKey NO_OBJECT = new ObjectKey(0, 0);

  private final Scheduler scheduler;
  private final PageCodec codec;
  private final Notifier notifier;
  private final PoolPages pages;

  @GuardedBy("this")
  private final Map<UUID, Future<OpenShared>> open = new TreeMap<>();

  @GuardedBy("this")
  private int lastNumber;

  private volatile @Nullable SharedLink link;
  private volatile boolean closed;

  /**
   * @param maxAreas the most areas and caches that may be open, together
   */
  public SharedCaches(Dispatcher dispatcher, Scheduler scheduler, int maxAreas) {
    this.scheduler = scheduler;
    this.codec = dispatcher.codec();
    this.notifier = dispatcher.notifier();
    this.pages = new PoolPages(dispatcher, scheduler, maxAreas);
  }

  /** Joins the others; completes when messages arrive, perhaps before there is a view. */
  public Future<Void> start(SharedSettings settings, Transport transport, Founder founder) {
    pages.setLimit(settings.limitBytes());
    SharedLink started =
        new SharedLink(settings, pages, transport, scheduler, founder, this::changed);
    link = started;
    return started.start().onSuccess(none -> hold());
  }

  /** Tells the homes, again and again, what is held open; and ends what nobody holds. */
  private void hold() {
    SharedLink current = link;
    if (closed || current == null) {
      return;
    }
    pages.sweep(scheduler.nanoTime());
    list().forEach(this::announce);
    scheduler.schedule(HOLD_MILLIS, this::hold);
  }

  /** New homes hear at once what is held open, before anybody wants it with other options. */
  private void changed(TmemEvent.SharedView view) {
    notifier.tell(view);
    list().forEach(this::announce);
  }

  /** Tells the homes that a cache is held open, unless they are just being told. */
  private void announce(OpenShared cache) {
    SharedLink current = link;
    if (current != null && !closed && cache.isSilent()) {
      Request held = ofAll(Operation.OPEN, cache.cache(), Message.HELD);
      cache.say(() -> current.beginAtAll(held, () -> !cache.isEnded()).mapEmpty());
    }
  }

  static Request ofAll(Operation operation, CacheName cache) {
    return ofAll(operation, cache, 0);
  }

  private static Request ofAll(Operation operation, CacheName cache, long token) {
    return new Request(NO_VIEW, 0, 0, operation, cache, NO_OBJECT, List.of(), List.of(), token);
  }

  SharedLink link() {
    SharedLink current = link;
    if (closed || current == null) {
      throw new TmemException(ErrorCode.CLOSED, "the node shares no caches now");
    }
    return current;
  }

  PageCodec codec() {
    return codec;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  // ---- Open and close

  /** Opens a cache, for the whole cluster if nobody has it open. */
  public Future<SharedCleanCache> open(UUID uuid, CleanCacheOptions options) {
    return openHeld(uuid, options).map(cache -> held(cache));
  }

  /** The cache, which counts one handle more. */
  public Future<OpenShared> openHeld(UUID uuid, CleanCacheOptions options) {
    if (options.isExclusiveGets()) {
      return Future.failedFuture(
          Options.refuse(
              "exclusiveGets", true, "false for a shared cache, whose gets keep the page"));
    }
    CacheName wanted = new CacheName(uuid, options.getPageSize(), options.getTimeToLiveSeconds());
    Promise<OpenShared> promise = Promise.promise();
    Future<OpenShared> known;
    int number;
    synchronized (this) {
      known = open.get(uuid);
      number = ++lastNumber;
      if (known == null) {
        open.put(uuid, promise.future());
      }
    }
    if (known != null) {
      return known.compose(cache -> hold(cache, wanted, options));
    }
    OpenShared cache = new OpenShared(wanted, number);
    begin(wanted)
        .<OpenShared>map(done -> {
          cache.tryHold();
          return cache;
        })
        .onFailure(error -> forget(uuid))
        .onComplete(promise);
    promise.future().onSuccess(this::announce);
    return promise.future();
  }

  /** Opens a cache at all homes, or at none: what is refused blocks nobody else. */
  private Future<Void> begin(CacheName wanted) {
    try {
      SharedLink current = link();
      return current
          .beginAtOldest(ofAll(Operation.OPEN, wanted))
          .compose(reply -> {
            Future<Void> opened = result(reply, "cache " + wanted.uuid() + " was not opened");
            boolean isRefused = reply.outcome() == Outcome.OTHER_OPTIONS;
            return opened.succeeded()
                ? opened
                : current
                    .beginAtAll(ofAll(Operation.CLOSE, wanted), () -> isRefused)
                    .transform(any -> opened);
          });
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
  }

  private Future<OpenShared> hold(OpenShared cache, CacheName wanted, CleanCacheOptions options) {
    if (!cache.cache().equals(wanted)) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.OPTIONS_MISMATCH,
              "shared cache "
                  + wanted.uuid()
                  + " is open with "
                  + cache.options()
                  + ", not with "
                  + options));
    }
    if (cache.tryHold()) {
      return Future.succeededFuture(cache);
    }
    forget(cache);
    return openHeld(wanted.uuid(), options);
  }

  private synchronized void forget(UUID uuid) {
    open.remove(uuid);
  }

  private synchronized void forget(OpenShared cache) {
    Future<OpenShared> known = open.get(cache.uuid());
    if (known != null && known.result() == cache) {
      open.remove(cache.uuid());
    }
  }

  /** The handle that {@link #openHeld} has counted; to be called once for each. */
  public SharedCleanCache held(OpenShared cache) {
    return new SharedHandle(this, cache);
  }

  /**
   * A new handle.
   *
   * @throws TmemException with {@link ErrorCode#AREA_CLOSED}: the last one was closed just now
   */
  public SharedCleanCache attach(OpenShared cache) {
    if (!cache.tryHold()) {
      throw new TmemException(ErrorCode.AREA_CLOSED, "cache " + cache.uuid() + " was closed");
    }
    return new SharedHandle(this, cache);
  }

  /** A handle that does not count as holding the cache open; it is not to be closed. */
  public SharedCleanCache peek(OpenShared cache) {
    return new SharedHandle(this, cache);
  }

  /** The open cache of that UUID, without a handle. */
  public synchronized Future<OpenShared> find(UUID uuid) {
    Future<OpenShared> cache = open.get(uuid);
    return cache == null
        ? Future.failedFuture(
            new TmemException(ErrorCode.UNKNOWN_AREA, "no shared cache " + uuid + " is open here"))
        : cache;
  }

  /** The caches that this node holds open. */
  public synchronized List<OpenShared> list() {
    List<OpenShared> caches = new ArrayList<>();
    for (Future<OpenShared> cache : open.values()) {
      if (cache.succeeded() && !cache.result().isEnded()) {
        caches.add(cache.result());
      }
    }
    return caches;
  }

  /** The last handle of this node was closed. */
  Future<Void> ended(OpenShared cache) {
    forget(cache);
    SharedLink current = link;
    return closed || current == null
        ? Future.succeededFuture()
        // a home that does not answer forgets the holder by itself
        : cache.say(() -> current.beginAtAll(ofAll(Operation.CLOSE, cache.cache())).mapEmpty());
  }

  // ---- Answers

  /** What an answer to a change means. */
  static Future<Void> result(Reply reply, String what) {
    return reply.outcome() == Outcome.DONE
        ? Future.succeededFuture()
        : Future.failedFuture(failure(reply, what));
  }

  static TmemException failure(Reply reply, String what) {
    return switch (reply.outcome()) {
      case OTHER_OPTIONS ->
          new TmemException(
              ErrorCode.OPTIONS_MISMATCH, what + ": others have it open with other options");
      case OVERLOADED ->
          new TmemException(ErrorCode.OVERLOADED, what + ": a node has no room for it");
      case LATE -> new OutcomeUnknownException(what + ": its home has not answered");
      case LOAD_FAILED -> new TmemException(ErrorCode.LOAD_FAILED, what + ": " + reply.reason());
      default ->
          new TmemException(
              ErrorCode.NO_LEASE, what + ": no home of it may serve now (" + reply.outcome() + ")");
    };
  }

  // ---- Numbers

  /** The view that is installed; null: none. */
  public @Nullable View view() {
    SharedLink current = link;
    return current == null ? null : current.view();
  }

  /** Whether this node serves pages of which it is the home. */
  public boolean hasLease() {
    SharedLink current = link;
    return current != null && current.hasLease();
  }

  /** Compressed bytes of pages that are kept here. */
  public long usedBytes() {
    return pages.usedBytes();
  }

  public long limitBytes() {
    return pages.limitBytes();
  }

  /** Pages that are kept here, by cache. */
  public Map<UUID, Long> pagesHere() {
    Map<UUID, Long> here = new TreeMap<>();
    for (PoolPages.Share share : pages.shares()) {
      here.put(share.cache().uuid(), share.space().counters().pages());
    }
    return here;
  }

  /** This node's part in numbers, under the names of their meters. */
  public Map<String, Long> numbers() {
    Map<String, Long> numbers = new TreeMap<>();
    SharedLink current = link;
    View view = current == null ? null : current.view();
    numbers.put("shared_view", view == null ? 0 : view.number());
    numbers.put("shared_members", view == null ? 0 : (long) view.members().size());
    numbers.put("shared_lease", hasLease() ? 1L : 0);
    numbers.put("shared_used_bytes", usedBytes());
    numbers.put("shared_limit_bytes", limitBytes());
    numbers.put("shared_requests", current == null ? 0 : (long) current.callsUnderWay());
    numbers.put("shared_loads", current == null ? 0 : (long) current.loadsUnderWay());
    numbers.put("shared_waiting", (long) waiting());
    numbers.put("shared_malformed_frames", current == null ? 0 : current.malformed());
    return numbers;
  }

  /** What this node has asked of a cache it has open, and what it keeps of it. */
  public Map<String, Long> numbers(OpenShared cache) {
    Map<String, Long> numbers = new TreeMap<>(cache.counters());
    numbers.put("shared_pages", pagesHere().getOrDefault(cache.uuid(), 0L));
    return numbers;
  }

  /** Requests to homes under way, and loads at this one. */
  public int underWay() {
    SharedLink current = link;
    return current == null ? 0 : current.callsUnderWay() + current.loadsUnderWay();
  }

  /** Requests that wait at this home for a loader. */
  public int waiting() {
    SharedLink current = link;
    return current == null ? 0 : current.loadsWaitedFor();
  }

  // ---- The cluster, and the end

  /** The cluster manager says that a node has left. */
  public void left(String nodeId) {
    SharedLink current = link;
    if (current != null) {
      current.left(nodeId);
    }
  }

  /**
   * Goes on without the quorum of the view that is installed, which is lost for good: with the
   * nodes that are heard, and no page of before. Should the others be cut off and not lost, they go
   * on by themselves until they are heard again, and both parts serve pages of their own.
   *
   * @param view the number of the one that is stuck
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION}: a quorum of it is heard, or this
   *     node is none of its members
   */
  public void force(long view) {
    String refusal = link().force(view);
    if (refusal != null) {
      throw new TmemException(ErrorCode.INVALID_OPTION, "no view is forced: " + refusal);
    }
  }

  /** Closes what is open here and asks to be home of nothing; completes at the latest then. */
  public Future<Void> leave(long millis) {
    SharedLink current = link;
    if (closed || current == null) {
      return Future.succeededFuture();
    }
    List<Future<Void>> ends = new ArrayList<>();
    for (OpenShared cache : list()) {
      if (cache.end()) {
        ends.add(ended(cache));
      }
    }
    return Future.join(ends).transform(done -> current.leave(millis));
  }

  /** Ends everything here. */
  public Future<Void> close() {
    if (closed) {
      return Future.succeededFuture();
    }
    closed = true;
    SharedLink current = link;
    return (current == null ? Future.<Void>succeededFuture() : current.close())
        .transform(done -> pages.endAll());
  }
}

package dev.tmem.frontswap;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.Fsync;
import dev.tmem.Options;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.backend.DurableArea;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.NamedSpaces;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.Quota;
import dev.tmem.dispatch.SpaceConfig;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The swap areas of a node, by name. {@code docs/lifecycle.md} has what each command does in each
 * state of an area.
 *
 * <p>Thread-safe: {@link NamedSpaces} for the names, this object's monitor for the rest. An area
 * that is swapped off loses its name at once; the next of that name is another one, with another
 * number, and does not wait for the old one's pages to be freed.
 */
public final class SwapAreas {

  private final Dispatcher dispatcher;
  private final NamedSpaces<OpenArea> named;

  /** Areas that have lost their names, and whose pages are being freed. */
  @GuardedBy("this")
  private final Set<OpenArea> closing = new HashSet<>();

  /** Modes of the node: areas to come have them too, whatever their options say. */
  @GuardedBy("this")
  private boolean writethrough;

  @GuardedBy("this")
  private boolean exclusive;

  /**
   * @param maxAreas the most areas and caches that may be open, together
   */
  public SwapAreas(Dispatcher dispatcher, int maxAreas) {
    this.dispatcher = dispatcher;
    this.named = new NamedSpaces<>("area", dispatcher.names(), maxAreas);
  }

  // ---- Opening

  /** Creates an area, or attaches to the one of that name if the options agree. */
  public Future<SwapArea> swapOn(String name, SwapAreaOptions options) {
    SwapAreaOptions wanted = new SwapAreaOptions(options);
    return open(name, wanted)
        .compose(area -> {
          SwapArea handle = area.attachIfOpen();
          // One that has begun to end in between has lost its name: the next try makes another.
          return handle != null ? Future.succeededFuture(handle) : swapOn(name, wanted);
        });
  }

  /** As {@link #swapOn}, without a handle. */
  public Future<OpenArea> open(String name, SwapAreaOptions options) {
    SwapAreaOptions wanted = new SwapAreaOptions(options);
    return named.open(name, () -> create(name, wanted), area -> checked(area, wanted));
  }

  private Future<OpenArea> create(String name, SwapAreaOptions options) {
    SpaceConfig config = config(name, options);
    if (!options.isDurable()) {
      return create(name, options, dispatcher.open(config));
    }
    if (options.isExclusive()) {
      return Future.failedFuture(Options.refuse("exclusive", true, "false in a durable area"));
    }
    long fsyncMillis = options.getFsync() == Fsync.ALWAYS ? 0 : options.getFsyncIntervalMillis();
    return create(
        name, options, dispatcher.durables().open(config, fsyncMillis, options.toJson().encode()));
  }

  private static SpaceConfig config(String name, SwapAreaOptions options) {
    return new SpaceConfig(
        name, options.getPageSize(), true, options.getProtection(), options.getTiers());
  }

  /**
   * Opens the durable areas that were found when the node started, before anybody asks for them.
   *
   * @return fails if one of them cannot be opened
   */
  public Future<Void> reopenDurable() {
    Future<Void> chain = Future.succeededFuture();
    for (DurableArea area : dispatcher.durables().areas()) {
      chain = chain.compose(before -> reopen(area).mapEmpty());
    }
    return chain;
  }

  private Future<OpenArea> reopen(DurableArea area) {
    return named
        .open(area.name(), () -> create(area), Future::succeededFuture)
        .recover(error ->
            Future.failedFuture(
                new TmemException(
                    ErrorCode.BACKEND_FAILED,
                    "durable area " + area.name() + " cannot be opened: " + error.getMessage(),
                    error)));
  }

  private Future<OpenArea> create(DurableArea area) {
    SwapAreaOptions options = new SwapAreaOptions(new JsonObject(area.options()));
    return create(
        area.name(), options, dispatcher.durables().reopen(config(area.name(), options), area));
  }

  /** Whatever goes wrong leaves nothing behind. */
  private Future<OpenArea> create(String name, SwapAreaOptions options, Future<PageSpace> opened) {
    return opened.compose(made -> {
      OpenArea area;
      try {
        area = new OpenArea(this, options, made);
      } catch (TmemException refused) {
        return dispatcher.close(made).compose(done -> Future.failedFuture(refused));
      }
      synchronized (this) {
        setModes(area);
      }
      dispatcher.notifier().tell(new TmemEvent.AreaOpened(name, made.number()));
      return Future.succeededFuture(area);
    });
  }

  void setShares(PageSpace space, Quota.Shares shares) {
    if (!shares.equals(space.quota().shares())) {
      dispatcher.setShares(space, shares);
    }
  }

  @GuardedBy("this")
  private void setModes(OpenArea area) {
    if (writethrough) {
      area.space().modes().setWritethrough(true);
    }
    if (exclusive) {
      area.space().modes().setExclusive(true);
    }
  }

  private static Future<OpenArea> checked(OpenArea area, SwapAreaOptions wanted) {
    if (area.agrees(wanted)) {
      return Future.succeededFuture(area);
    }
    return Future.failedFuture(
        new TmemException(
            ErrorCode.OPTIONS_MISMATCH,
            "area "
                + area.name()
                + " is open: its "
                + String.join("; its ", area.fixedDifferences(wanted))));
  }

  // ---- Finding

  /** Attaches to an area that is open. */
  public Future<SwapArea> attach(String name) {
    return find(name)
        .compose(area -> {
          SwapArea handle = area.attachIfOpen();
          return handle != null ? Future.succeededFuture(handle) : attach(name);
        });
  }

  /** The open area of that name, without a handle. */
  public Future<OpenArea> find(String name) {
    return named.find(name);
  }

  /** What becomes of the area of that name. */
  public synchronized AreaState state(String name) {
    Future<OpenArea> known = named.lookUp(name);
    if (known == null) {
      boolean ends = closing.stream().anyMatch(area -> area.name().equals(name));
      return ends ? AreaState.CLOSING : AreaState.ABSENT;
    }
    return known.succeeded() ? known.result().state() : AreaState.OPENING;
  }

  /** The areas that are open, by name. */
  public List<OpenArea> list() {
    return named.list();
  }

  // ---- Ending

  /**
   * Ends an area: all its handles are of no use from now on, its pages are freed.
   *
   * @return the number of its pages
   */
  public Future<Long> swapOff(String name) {
    return find(name).compose(this::end);
  }

  /**
   * Frees all that an area has and forgets its options; nothing if there is no such area. One that
   * is ending already is waited for.
   *
   * @param force also if somebody holds it open
   * @return the number of pages freed; fails with {@link ErrorCode#AREA_BUSY}
   */
  public Future<Long> reset(String name, boolean force) {
    Future<OpenArea> known;
    List<Future<Long>> ends = new ArrayList<>();
    synchronized (this) {
      known = named.lookUp(name);
      for (OpenArea area : closing) {
        if (area.name().equals(name)) {
          ends.add(area.closed());
        }
      }
    }
    if (known == null) {
      return Future.join(ends).map(0L);
    }
    // One that could not be opened has left nothing.
    return known.transform(
        opened -> opened.succeeded() ? end(opened.result(), force) : Future.succeededFuture(0L));
  }

  Future<Long> end(OpenArea area) {
    return end(area, true);
  }

  private Future<Long> end(OpenArea area, boolean force) {
    synchronized (this) {
      if (!named.has(area.name(), area)) {
        return area.closed().map(0L);
      }
      try {
        area.startClosing(force);
      } catch (TmemException busy) {
        return Future.failedFuture(busy);
      }
      named.release(area.name(), area);
      closing.add(area);
    }
    area.ended(
        dispatcher
            .close(area.space())
            .onComplete(done -> forget(area))
            .onSuccess(pages -> tellClosed(area, pages)));
    return area.closed();
  }

  private synchronized void forget(OpenArea area) {
    closing.remove(area);
  }

  private void tellClosed(OpenArea area, long pages) {
    dispatcher.notifier().tell(new TmemEvent.AreaClosed(area.name(), area.number(), pages));
  }

  /**
   * Ends every area, also those being opened, and opens no more: the node ends. What durable areas
   * hold stays on record.
   */
  public Future<Void> endAll() {
    dispatcher.durables().retire();
    List<Future<Long>> ends = new ArrayList<>();
    List<Future<OpenArea>> all;
    synchronized (this) {
      all = named.end();
      closing.forEach(area -> ends.add(area.closed()));
    }
    for (Future<OpenArea> area : all) {
      ends.add(
          area.transform(
              opened -> opened.succeeded() ? end(opened.result()) : Future.succeededFuture(0L)));
    }
    return Future.join(ends).mapEmpty();
  }

  // ---- Modes of the node

  /** Whether areas are opened with writethrough, whatever their options say. */
  public synchronized boolean isWritethrough() {
    return writethrough;
  }

  /** Switches writethrough for all areas, those to come included. */
  public void setWritethrough(boolean on) {
    synchronized (this) {
      writethrough = on;
    }
    forAll(area -> area.space().modes().setWritethrough(on));
  }

  /** Switches exclusive loads for all areas, those to come included. */
  public void setExclusive(boolean on) {
    synchronized (this) {
      exclusive = on;
    }
    forAll(area -> area.space().modes().setExclusive(on));
  }

  /** Areas being opened too, as soon as they are open. */
  private void forAll(Consumer<OpenArea> change) {
    named.all().forEach(area -> area.onSuccess(change::accept));
  }
}

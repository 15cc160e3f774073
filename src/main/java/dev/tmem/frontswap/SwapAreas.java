package dev.tmem.frontswap;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.SpaceConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The swap areas of a node, by name.
 *
 * <p>Thread-safe: under this object's monitor a name is given to one area at a time. An area that
 * is swapped off loses its name at once; the next of that name is another one, with another number,
 * and does not wait for the old one's pages to be freed.
 */
public final class SwapAreas {

  private final Dispatcher dispatcher;
  private final int maxAreas;

  /** An area being opened stands here too, as a future. */
  @GuardedBy("this")
  private final Map<String, Future<OpenArea>> areas = new TreeMap<>();

  private volatile boolean writethrough;

  /**
   * @param maxAreas the most areas that may be open
   */
  public SwapAreas(Dispatcher dispatcher, int maxAreas) {
    this.dispatcher = dispatcher;
    this.maxAreas = maxAreas;
  }

  /** Creates an area, or attaches to the one of that name if the options agree. */
  public Future<SwapArea> swapOn(String name, SwapAreaOptions options) {
    return open(name, options).map(OpenArea::attach);
  }

  /** As {@link #swapOn}, without a handle. */
  public Future<OpenArea> open(String name, SwapAreaOptions options) {
    SwapAreaOptions wanted = new SwapAreaOptions(options);
    Promise<OpenArea> promise = Promise.promise();
    Future<OpenArea> known;
    try {
      Options.name("area", name);
      synchronized (this) {
        known = areas.get(name);
        if (known == null) {
          if (areas.size() >= maxAreas) {
            throw new TmemFullException(
                "area " + name + " was not opened: maxAreas is " + maxAreas);
          }
          areas.put(name, promise.future());
        }
      }
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
    if (known != null) {
      return known.compose(area -> checked(area, wanted));
    }
    create(name, wanted).onComplete(promise);
    return promise.future();
  }

  private Future<OpenArea> create(String name, SwapAreaOptions options) {
    SpaceConfig config =
        new SpaceConfig(name, options.getPageSize(), true, options.getProtection());
    return dispatcher
        .open(config)
        .map(space -> {
          space.setWritethrough(options.isWritethrough() || writethrough);
          dispatcher.notifier().tell(new TmemEvent.AreaOpened(name, space.number()));
          return new OpenArea(this, options, space);
        })
        .onFailure(error -> forget(name));
  }

  private synchronized void forget(String name) {
    areas.remove(name);
  }

  private static Future<OpenArea> checked(OpenArea area, SwapAreaOptions wanted) {
    if (area.agrees(wanted)) {
      return Future.succeededFuture(area);
    }
    return Future.failedFuture(
        new TmemException(
            ErrorCode.OPTIONS_MISMATCH,
            "area " + area.name() + " is open with " + area.options() + ", not with " + wanted));
  }

  /** Attaches to an area that is open. */
  public Future<SwapArea> attach(String name) {
    return find(name).map(OpenArea::attach);
  }

  /** The open area of that name, without a handle. */
  public Future<OpenArea> find(String name) {
    Future<OpenArea> area = lookUp(name);
    return area == null ? Future.failedFuture(unknown(name)) : area;
  }

  private synchronized @Nullable Future<OpenArea> lookUp(String name) {
    return areas.get(name);
  }

  private static TmemException unknown(String name) {
    return new TmemException(ErrorCode.UNKNOWN_AREA, "no area is named " + name);
  }

  /** The areas that are open, by name. */
  public synchronized List<OpenArea> list() {
    List<OpenArea> open = new ArrayList<>();
    for (Future<OpenArea> area : areas.values()) {
      if (area.succeeded()) {
        open.add(area.result());
      }
    }
    return open;
  }

  /**
   * Ends an area: all its handles are of no use from now on, its pages are freed.
   *
   * @return the number of its pages
   */
  public Future<Long> swapOff(String name) {
    return find(name).compose(this::end);
  }

  /**
   * Frees all that an area has and forgets its options; nothing if there is no such area.
   *
   * @param force also if somebody holds it open
   * @return the number of pages freed; fails with {@link ErrorCode#AREA_BUSY}
   */
  public Future<Long> reset(String name, boolean force) {
    Future<OpenArea> known = lookUp(name);
    if (known == null) {
      return Future.succeededFuture(0L);
    }
    return known.compose(area -> {
      if (area.handles() > 0 && !force) {
        return Future.failedFuture(
            new TmemException(
                ErrorCode.AREA_BUSY,
                "area "
                    + name
                    + " is held open by "
                    + area.handles()
                    + " handles; force is"
                    + " needed"));
      }
      return end(area);
    });
  }

  Future<Long> end(OpenArea area) {
    synchronized (this) {
      Future<OpenArea> known = areas.get(area.name());
      if (known == null || known.result() != area) {
        return Future.succeededFuture(0L);
      }
      areas.remove(area.name());
    }
    return dispatcher
        .close(area.space())
        .onSuccess(pages ->
            dispatcher
                .notifier()
                .tell(new TmemEvent.AreaClosed(area.name(), area.number(), pages)));
  }

  /** Ends every area: the node ends. */
  public Future<Void> endAll() {
    List<Future<Long>> ends = new ArrayList<>();
    for (OpenArea area : list()) {
      ends.add(end(area));
    }
    return Future.join(ends).mapEmpty();
  }

  /** Whether areas are opened with writethrough, whatever their options say. */
  public boolean isWritethrough() {
    return writethrough;
  }

  /** Switches writethrough for all areas, those to come included. */
  public void setWritethrough(boolean on) {
    writethrough = on;
    list().forEach(area -> area.space().setWritethrough(on));
  }
}

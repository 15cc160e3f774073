package dev.tmem.cli.simulation;

import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.Taken;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Uses areas, and holds what comes back against what is known of the pages.
 *
 * <p>Confined to the thread of its schedule.
 */
final class Client {

  /** A page that was taken is given up or put back within that time. */
  private static final int DECIDES_WITHIN_MILLIS = 2_000;

  private final Cluster cluster;
  private final Events events;
  private final SplittableRandom random;
  private final Trace trace;
  private final Judge judge;
  private int lastVersion;
  private long loaded;

  Client(Cluster cluster, SplittableRandom random, Judge judge) {
    this.cluster = cluster;
    this.events = cluster.events();
    this.random = random;
    this.trace = cluster.trace();
    this.judge = judge;
  }

  /** Pages that were found and were right. */
  long loaded() {
    return loaded;
  }

  /** Operations that have not ended; those of nodes that are no more never do. */
  int underWay() {
    return cluster.nodes().stream().mapToInt(LiveNode::operations).sum();
  }

  // ---- Stores

  void store(SimArea area, long offset) {
    stores(area, new long[] {offset});
  }

  /** Several in one batch; each offset once. */
  void stores(SimArea area, long[] offsets) {
    int[] versions = new int[offsets.length];
    int[] changes = new int[offsets.length];
    List<Buffer> pages = new ArrayList<>(offsets.length);
    for (int i = 0; i < offsets.length; i++) {
      versions[i] = ++lastVersion;
      long word = PageContent.word(area.number(), offsets[i], versions[i]);
      pages.add(Buffer.buffer(PageContent.of(word, area.options().getPageSize())));
      PageTruth page = area.page(offsets[i]);
      page.storing(versions[i], cluster.harm(area.node()), cluster.doubts());
      changes[i] = page.changes();
    }
    trace.say(() -> "store " + area + " " + Arrays.toString(offsets) + Arrays.toString(versions));
    long since = events.now();
    SwapArea handle = area.handle();
    Future<Void> stored =
        offsets.length == 1
            ? handle.store(offsets[0], pages.getFirst())
            : handle.storeAll(offsets, pages);
    ended(
        area,
        stored,
        result -> {
          trace.say(says("stored " + area, offsets, result.cause()));
          for (int i = 0; i < offsets.length; i++) {
            area.page(offsets[i]).stored();
            Throwable error = causeFor(offsets[i], result.cause());
            storeEnded(area, offsets[i], versions[i], changes[i], since, error);
          }
        });
  }

  private void storeEnded(
      SimArea area, long offset, int version, int change, long since, @Nullable Throwable error) {
    if (error != null) {
      judge.storeFailed(area, offset, since, error);
    }
    PageTruth page = area.page(offset);
    if (page.changes() != change) {
      return;
    }
    if (error != null) {
      page.turnsOut(PageTruth.ABSENT);
    } else if (area.isBeingSwept()) {
      page.turnsOut(version, PageTruth.ABSENT);
    } else {
      page.turnsOut(version);
    }
  }

  private static @Nullable Throwable causeFor(long offset, @Nullable Throwable failure) {
    return failure instanceof BatchException batch ? batch.causes().get(offset) : failure;
  }

  // ---- Loads

  void load(SimArea area, long offset) {
    PageTruth.Sight sight = area.page(offset).look();
    trace.say(() -> "load " + area + " " + offset + " expecting " + sight);
    ended(
        area,
        area.handle().load(offset),
        result -> {
          trace.say(says("loaded " + area, new long[] {offset}, result.cause()));
          sawPage(area, offset, sight, result.result(), result.cause());
        });
  }

  void loads(SimArea area, long[] offsets) {
    PageTruth.Sight[] sights = new PageTruth.Sight[offsets.length];
    for (int i = 0; i < offsets.length; i++) {
      sights[i] = area.page(offsets[i]).look();
    }
    trace.say(() -> "load " + area + " " + Arrays.toString(offsets));
    ended(
        area,
        area.handle().loadAll(offsets),
        result -> {
          trace.say(says("loaded " + area, offsets, result.cause()));
          for (int i = 0; i < offsets.length; i++) {
            Throwable error = causeFor(offsets[i], result.cause());
            if (result.succeeded()) {
              sawPage(area, offsets[i], sights[i], result.result().get(i), null);
            } else if (error != null) {
              sawPage(area, offsets[i], sights[i], null, error);
            } else {
              area.page(offsets[i]).looked(sights[i]);
            }
          }
        });
  }

  private void sawPage(
      SimArea area,
      long offset,
      PageTruth.Sight sight,
      @Nullable Buffer bytes,
      @Nullable Throwable error) {
    PageTruth page = area.page(offset);
    boolean isStill = page.looked(sight);
    if (error != null) {
      if (judge.loadFailed(area, offset, sight, error) && isStill) {
        page.turnsOut(PageTruth.LOST);
      }
      return;
    }
    int version = bytes == null ? PageTruth.ABSENT : judge.version(area, offset, bytes);
    judge.mayBeSeen(area, offset, sight, version);
    loaded += version == PageTruth.ABSENT ? 0 : 1;
    if (isStill && !page.isBeingStored()) {
      page.turnsOut(version);
      if (area.isBeingSwept()) {
        page.mayAlsoBe(PageTruth.ABSENT);
      }
    }
  }

  // ---- Taking

  void take(SimArea area, long offset) {
    PageTruth.Sight sight = area.page(offset).look();
    int change = area.page(offset).changes();
    trace.say(() -> "take " + area + " " + offset + " expecting " + sight);
    ended(
        area,
        area.handle().take(offset),
        result -> {
          trace.say(says("taken " + area, new long[] {offset}, result.cause()));
          Taken taken = result.result();
          sawPage(area, offset, sight, taken == null ? null : taken.page(), result.cause());
          if (taken != null && area.page(offset).changes() == change) {
            taken(area, offset, taken);
          } else if (taken != null) {
            // what was given after it comes after it, and has ended it or is about to
            taken.putBack();
          }
        });
  }

  /** It is marked when it is handed out, so nobody sees it from now on. */
  private void taken(SimArea area, long offset, Taken taken) {
    PageTruth page = area.page(offset);
    int version = judge.version(area, offset, taken.page());
    page.become(PageTruth.ABSENT);
    int change = page.changes();
    boolean commits = random.nextBoolean();
    long when = events.now() + random.nextInt(DECIDES_WITHIN_MILLIS) * Events.MILLI;
    events.at(
        when, area.node().clock(), () -> decide(area, offset, taken, version, change, commits));
  }

  private void decide(
      SimArea area, long offset, Taken taken, int version, int change, boolean commits) {
    if (area.hasEnded()) {
      return;
    }
    PageTruth page = area.page(offset);
    boolean stood = (commits ? taken.commit() : taken.putBack()).result();
    trace.say(() -> (commits ? "commit " : "put back ") + area + " " + offset + ": " + stood);
    if (page.changes() != change) {
      if (stood) {
        judge.broken("C8", area, offset, "a take stood though the page was changed");
      }
    } else if (stood) {
      page.become(commits ? PageTruth.ABSENT : version);
      if (area.isBeingSwept()) {
        page.mayAlsoBe(PageTruth.ABSENT);
      }
    } else {
      // its time was over by the node's own clock, or its copies are gone, or it was swept away
      page.become(PageTruth.ABSENT, version, PageTruth.LOST);
    }
  }

  // ---- Invalidates

  void invalidate(SimArea area, long[] offsets) {
    trace.say(() -> "invalidate " + area + " " + Arrays.toString(offsets));
    for (long offset : offsets) {
      area.page(offset).become(PageTruth.ABSENT);
    }
    SwapArea handle = area.handle();
    Future<Void> done =
        offsets.length == 1 ? handle.invalidatePage(offsets[0]) : handle.invalidateAll(offsets);
    ended(area, done, result -> judge.mustSucceed(area, "invalidate", result.cause()));
  }

  void invalidateArea(SimArea area) {
    trace.say(() -> "invalidate all of " + area);
    int[] changes = new int[area.offsets()];
    for (int i = 0; i < changes.length; i++) {
      changes[i] = area.page(i).changes();
    }
    area.sweepBegins();
    ended(
        area,
        area.handle().invalidateArea(),
        result -> {
          area.sweepEnds();
          trace.say(() -> "all of " + area + " is invalidated");
          judge.mustSucceed(area, "invalidateArea", result.cause());
          for (int i = 0; i < changes.length; i++) {
            if (area.page(i).changes() == changes[i]) {
              area.page(i).become(PageTruth.ABSENT);
            }
          }
        });
  }

  /** From now on nothing of the area counts. */
  Future<Void> swapOff(SimArea area) {
    trace.say(() -> "swap off " + area);
    Future<Void> off = area.handle().swapOff();
    area.end();
    return off;
  }

  // ---- Under way

  private interface Ending<T extends @Nullable Object> {
    void handle(io.vertx.core.AsyncResult<T> result);
  }

  private <T extends @Nullable Object> void ended(SimArea area, Future<T> future, Ending<T> then) {
    area.node().operationBegins();
    future.onComplete(result -> {
      area.node().operationEnds();
      if (area.hasEnded() || isClosed(result.cause())) {
        return;
      }
      try {
        then.handle(result);
      } catch (Violation violation) {
        cluster.report(violation);
      }
    });
  }

  private static boolean isClosed(@Nullable Throwable error) {
    return error instanceof TmemException known && known.code() == ErrorCode.AREA_CLOSED;
  }

  private static java.util.function.Supplier<String> says(
      String what, long[] offsets, @Nullable Throwable error) {
    return () ->
        what + " " + Arrays.toString(offsets) + (error == null ? "" : " " + error.getMessage());
  }
}

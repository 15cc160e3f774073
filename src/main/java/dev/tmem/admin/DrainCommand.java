package dev.tmem.admin;

import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.LongWork;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The command that makes a node ready to be stopped: it lends no more, hands foreign pages back,
 * and then ends the areas whose pages would end with it. What would be lost is listed first, and
 * has to be given up by name of the argument.
 *
 * <p>Thread-safe: an atomic reference. One drain goes on at a time; who asks for another is told
 * how that one ends.
 */
final class DrainCommand {

  private final NodeStats stats;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;
  private final Lending lending;

  /** The last that was begun. */
  private final AtomicReference<@Nullable Promise<JsonObject>> underWay = new AtomicReference<>();

  DrainCommand(NodeStats stats, Dispatcher dispatcher, SwapAreas areas, Lending lending) {
    this.stats = stats;
    this.dispatcher = dispatcher;
    this.areas = areas;
    this.lending = lending;
  }

  Future<JsonObject> run(JsonObject arguments) {
    boolean discard = Boolean.TRUE.equals(arguments.getBoolean("discard"));
    boolean wait = !Boolean.FALSE.equals(arguments.getBoolean("wait"));
    List<OpenArea> atStake = atStake();
    if (!discard && !atStake.isEmpty()) {
      JsonObject answer = stats.answer().put("drained", false).put("areas", listed(atStake));
      return Future.succeededFuture(answer.put("foreignPages", lending.foreignPages()));
    }
    Future<JsonObject> end = begin();
    return wait
        ? end
        : Future.succeededFuture(
            stats.answer().put("drained", false).put("foreignPages", lending.foreignPages()));
  }

  /** Areas with pages that the end of the node would lose. */
  private List<OpenArea> atStake() {
    return areas.list().stream()
        .filter(area -> area.endsWithNode() && area.space().counters().pages() > 0)
        .toList();
  }

  private static JsonArray listed(List<OpenArea> areas) {
    JsonArray list = new JsonArray();
    for (OpenArea area : areas) {
      list.add(
          new JsonObject()
              .put("area", area.name())
              .put("pages", area.space().counters().pages())
              .put("handles", area.handles()));
    }
    return list;
  }

  private Future<JsonObject> begin() {
    Promise<JsonObject> mine = Promise.promise();
    Promise<JsonObject> known = underWay.get();
    while (known == null || known.future().isComplete()) {
      if (underWay.compareAndSet(known, mine)) {
        long total = lending.foreignPages();
        dispatcher.longWorks().run("drain", total, work -> handBack(work, total)).onComplete(mine);
        return mine.future();
      }
      known = underWay.get();
    }
    return known.future();
  }

  private Future<JsonObject> handBack(LongWork work, long total) {
    work.measuredBy(() -> Math.max(0, total - lending.foreignPages()));
    work.whenStopped(lending::stay);
    Future<Long> leave = lending.leave(Long.MAX_VALUE);
    if (work.isStopped()) {
      lending.stay();
    }
    return leave.compose(left -> left > 0 ? stopped(left) : discard(total));
  }

  private Future<JsonObject> stopped(long left) {
    return Future.succeededFuture(stats.answer().put("drained", false).put("foreignPages", left));
  }

  /** Nothing of others is here any more: what is the node's own ends. */
  private Future<JsonObject> discard(long total) {
    JsonArray ended = new JsonArray();
    List<Future<Long>> ends = new ArrayList<>();
    for (OpenArea area : areas.list()) {
      if (area.endsWithNode()) {
        ended.add(area.name());
        ends.add(areas.swapOff(area.name()).otherwise(0L));
      }
    }
    return Future.join(ends)
        .map(done ->
            stats
                .answer()
                .put("drained", true)
                .put("handedBack", total)
                .put("foreignPages", 0)
                .put("ended", ended)
                .put("discarded", ends.stream().mapToLong(Future::result).sum()));
  }
}

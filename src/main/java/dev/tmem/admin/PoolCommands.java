package dev.tmem.admin;

import dev.tmem.Options;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.Upkeep;
import dev.tmem.frontswap.SwapAreas;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The commands that keep the pool in RAM in shape. Thread-safe; holds no state. */
final class PoolCommands {

  private final NodeStats stats;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;

  PoolCommands(NodeStats stats, Dispatcher dispatcher, SwapAreas areas) {
    this.stats = stats;
    this.dispatcher = dispatcher;
    this.areas = areas;
  }

  Future<JsonObject> compact(JsonObject arguments) {
    String backend = arguments.getString("backend", ZramBackend.NAME);
    return dispatcher
        .upkeep()
        .compact(backend)
        .map(gain -> stats.answer().put("moved", gain.moved()).put("bytes", gain.bytes()));
  }

  Future<JsonObject> markIdle(JsonObject arguments) {
    long age = AdminCommands.wholeNumber(arguments, "age", 0);
    return space(arguments)
        .compose(space -> dispatcher.upkeep().markIdle(space, age))
        .map(marked -> stats.answer().put("marked", marked));
  }

  Future<JsonObject> recompress(JsonObject arguments) {
    Upkeep.Target target = Options.choice("what", Upkeep.Target.class, arguments.getValue("what"));
    return space(arguments)
        .compose(space -> dispatcher.upkeep().recompress(target, space))
        .map(gain ->
            stats.answer().put("recompressed", gain.pages()).put("saved", gain.savedBytes()));
  }

  Future<JsonObject> scrub(JsonObject arguments) {
    Object rate = arguments.getValue("rate");
    long bytes = rate == null ? Upkeep.DEFAULT_SCRUB_RATE : Options.bytes("rate", rate);
    return space(arguments)
        .compose(space -> dispatcher.upkeep().scrub(space, bytes))
        .map(found -> {
          JsonObject answer = stats.answer();
          found.forEach(answer::put);
          return answer;
        });
  }

  /** The area that is named; null: none is, all are meant. */
  private Future<@Nullable PageSpace> space(JsonObject arguments) {
    String area = arguments.getString("area");
    if (area == null) {
      return Future.succeededFuture();
    }
    return areas.find(area).map(found -> found.space());
  }
}

package dev.tmem.admin;

import dev.tmem.Options;
import dev.tmem.SwapAreaOptions;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.LongWork;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Consumer;

/** The commands that switch modes, of one area or of the whole node. Thread-safe; no state. */
final class ModeCommands {

  private final NodeStats stats;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;

  ModeCommands(NodeStats stats, Dispatcher dispatcher, SwapAreas areas) {
    this.stats = stats;
    this.dispatcher = dispatcher;
    this.areas = areas;
  }

  Future<JsonObject> writethrough(JsonObject arguments) {
    boolean on = arguments.getBoolean("on");
    return set(
        arguments,
        () -> areas.setWritethrough(on),
        area -> area.space().modes().setWritethrough(on),
        stats.answer().put("writethrough", on));
  }

  /** Pages that were stored before writethrough was on. */
  Future<JsonObject> writethroughSync(JsonObject arguments) {
    String name = arguments.getString("area");
    Future<Map<String, Long>> done =
        name == null
            ? dispatcher.writethroughSync(null)
            : areas.find(name).compose(area -> dispatcher.writethroughSync(area.space()));
    return done.map(result -> {
      JsonObject answer = stats.answer();
      if (name != null) {
        answer.put("area", name);
      }
      result.forEach(answer::put);
      return answer;
    });
  }

  /** The long work under way. */
  Future<JsonObject> works() {
    JsonArray works = new JsonArray();
    dispatcher.longWorks().list().forEach(work -> works.add(json(work)));
    return Future.succeededFuture(stats.answer().put("works", works));
  }

  /** Stops one of them. */
  Future<JsonObject> stop(JsonObject arguments) {
    long number = AdminCommands.wholeNumber(arguments, "work", 0);
    JsonObject stopped = json(dispatcher.longWorks().stop(number));
    return Future.succeededFuture(stats.answer().mergeIn(stopped));
  }

  private static JsonObject json(LongWork work) {
    return new JsonObject()
        .put("work", work.number())
        .put("what", work.what())
        .put("done", work.done())
        .put("total", work.total());
  }

  Future<JsonObject> exclusive(JsonObject arguments) {
    boolean on = arguments.getBoolean("on");
    return set(
        arguments,
        () -> areas.setExclusive(on),
        area -> area.space().modes().setExclusive(on),
        stats.answer().put("exclusive", on));
  }

  Future<JsonObject> freeze(JsonObject arguments) {
    return setFrozen(arguments, true);
  }

  Future<JsonObject> thaw(JsonObject arguments) {
    return setFrozen(arguments, false);
  }

  private Future<JsonObject> setFrozen(JsonObject arguments, boolean on) {
    return set(
            arguments,
            () -> dispatcher.setFrozen(on),
            area -> area.space().modes().setFrozen(on),
            stats.answer())
        .map(answer -> {
          // An area that was thawed stays frozen with its node.
          String area = answer.getString("area");
          return answer.put(
              "state",
              area != null
                  ? Options.word(areas.state(area))
                  : dispatcher.isFrozen() ? "frozen" : "open");
        });
  }

  /** The node, or the area that is named, which is waited for if it is being opened. */
  private Future<JsonObject> set(
      JsonObject arguments, Runnable node, Consumer<OpenArea> one, JsonObject answer) {
    String name = arguments.getString("area");
    if (name == null) {
      node.run();
      return Future.succeededFuture(answer);
    }
    return areas
        .find(name)
        .map(area -> {
          one.accept(area);
          return answer.put("area", name);
        });
  }

  /** Changes the options that are named; the others stay. */
  Future<JsonObject> change(JsonObject arguments) {
    JsonObject changes = arguments.copy();
    changes.remove("area");
    return areas
        .find(arguments.getString("area"))
        .map(area -> {
          area.change(new SwapAreaOptions(area.options().toJson().mergeIn(changes)));
          return stats.answer().put("area", area.name()).put("options", area.options().toJson());
        });
  }
}

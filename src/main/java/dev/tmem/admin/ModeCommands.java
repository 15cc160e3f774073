package dev.tmem.admin;

import dev.tmem.Options;
import dev.tmem.SwapAreaOptions;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.frontswap.SwapAreas;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
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

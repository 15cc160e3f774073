package dev.tmem.admin;

import dev.tmem.BackendInfo;
import dev.tmem.dispatch.Dispatcher;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** The commands that concern a backend as a whole. Thread-safe; holds no state. */
final class BackendCommands {

  private final NodeStats stats;
  private final Dispatcher dispatcher;

  BackendCommands(NodeStats stats, Dispatcher dispatcher) {
    this.stats = stats;
    this.dispatcher = dispatcher;
  }

  /** It takes no pages from now on, and keeps those it has. */
  Future<JsonObject> freeze(JsonObject arguments) {
    return setFrozen(arguments, true);
  }

  /** It takes pages again, whatever it was frozen for. */
  Future<JsonObject> thaw(JsonObject arguments) {
    return setFrozen(arguments, false);
  }

  private Future<JsonObject> setFrozen(JsonObject arguments, boolean frozen) {
    BackendInfo info = dispatcher.setFrozen(arguments.getString("backend"), frozen);
    return Future.succeededFuture(answer(info));
  }

  /** Empties it and takes it out; with {@code wait} false only begins to. */
  Future<JsonObject> deregister(JsonObject arguments) {
    String name = arguments.getString("backend");
    Future<Void> gone = dispatcher.deregister(name);
    if (Boolean.FALSE.equals(arguments.getBoolean("wait")) && !gone.isComplete()) {
      return dispatcher.backendInfos().stream()
          .filter(info -> info.name().equals(name))
          .findFirst()
          .map(info -> Future.succeededFuture(answer(info)))
          .orElseGet(() -> gone.map(done -> stats.answer().put("backend", name)));
    }
    return gone.map(done -> stats.answer().put("backend", name));
  }

  private JsonObject answer(BackendInfo info) {
    return stats
        .answer()
        .put("backend", info.name())
        .put("state", info.state())
        .put("left", info.pages() + info.extraCopies());
  }
}

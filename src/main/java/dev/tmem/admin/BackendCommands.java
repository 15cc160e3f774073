package dev.tmem.admin;

import dev.tmem.BackendInfo;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.swapfile.SwapfileBackend;
import dev.tmem.swapfile.SwapfileOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.TreeSet;

/** The commands that concern a backend as a whole. Thread-safe; holds no state. */
final class BackendCommands {

  private final NodeStats stats;
  private final Dispatcher dispatcher;
  private final BackendSource source;

  BackendCommands(NodeStats stats, Dispatcher dispatcher, BackendSource source) {
    this.source = source;
    this.stats = stats;
    this.dispatcher = dispatcher;
  }

  /** What backends can be made of. */
  Future<JsonObject> providers(JsonObject arguments) {
    return Future.succeededFuture(
        stats
            .answer()
            .put("providers", new JsonArray(List.copyOf(new TreeSet<>(source.providers())))));
  }

  /** Makes one and adds it to the chain. */
  Future<JsonObject> register(JsonObject arguments) {
    String name = arguments.getString("backend");
    JsonObject options = arguments.getJsonObject("options", new JsonObject());
    return source
        .register(
            arguments.getString("provider"), name, options == null ? new JsonObject() : options)
        .map(done -> answer(info(name)));
  }

  private BackendInfo info(String name) {
    return dispatcher.backendInfos().stream()
        .filter(info -> info.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new TmemException(ErrorCode.UNKNOWN_BACKEND, name + " is gone again"));
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

  /**
   * Empties it and takes it out; with {@code wait} false only begins to, with {@code force} it goes
   * even if pages are lost by it.
   */
  Future<JsonObject> deregister(JsonObject arguments) {
    String name = arguments.getString("backend");
    boolean force = Boolean.TRUE.equals(arguments.getBoolean("force"));
    Future<Void> gone = dispatcher.deregister(name, force);
    if (Boolean.FALSE.equals(arguments.getBoolean("wait")) && !gone.isComplete()) {
      return Future.succeededFuture(answer(info(name)));
    }
    return gone.map(done -> stats.answer().put("backend", name));
  }

  /** Makes a swap file longer. */
  Future<JsonObject> grow(JsonObject arguments) {
    String name = arguments.getString("backend");
    if (!(dispatcher.backend(name) instanceof SwapfileBackend swapfile)) {
      throw new TmemException(ErrorCode.UNKNOWN_BACKEND, "no swap file is named " + name);
    }
    long previous = swapfile.fileBytes();
    return swapfile
        .grow(SwapfileOptions.Size.of("size", arguments.getValue("size")))
        .map(bytes ->
            stats.answer().put("backend", name).put("bytes", bytes).put("previous", previous));
  }

  private JsonObject answer(BackendInfo info) {
    return stats
        .answer()
        .put("backend", info.name())
        .put("state", info.state())
        .put("left", info.pages() + info.extraCopies());
  }
}

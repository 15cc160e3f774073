package dev.tmem.cli.demo;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What a node last said of itself. Immutable.
 *
 * @param name of the node
 * @param state {@code up}, {@code killed} or {@code silent}
 * @param stats the answer to the admin command {@code stats}
 */
record NodeView(String name, String state, JsonObject stats) {

  static NodeView unknown(String name) {
    return new NodeView(name, "starting", new JsonObject());
  }

  NodeView in(String otherState) {
    return new NodeView(name, otherState, stats);
  }

  long number(String key) {
    return stats.getLong(key, 0L);
  }

  JsonObject pagesByBackend() {
    return stats.getJsonObject("pagesByBackend", new JsonObject());
  }

  long pages(String backend) {
    return pagesByBackend().getLong(backend, 0L);
  }

  /** Bytes that a backend has taken, further copies included. */
  long bytes(String backend) {
    for (Object entry : stats.getJsonArray("backends", new JsonArray())) {
      JsonObject info = (JsonObject) entry;
      if (backend.equals(info.getString("name"))) {
        return info.getLong("usedBytes", 0L);
      }
    }
    return 0;
  }
}

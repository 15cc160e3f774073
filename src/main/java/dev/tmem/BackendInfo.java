package dev.tmem;

import io.vertx.core.json.JsonObject;

/**
 * What is known of a backend. Immutable.
 *
 * @param name unique within the node
 * @param tier position in the chain, lowest first
 * @param state {@code active}, {@code frozen} (takes no pages) or {@code draining}
 * @param reason why it is not active; empty if it is
 * @param pages pages whose primary copy is here
 * @param extraCopies further copies kept here
 * @param usedBytes bytes taken, padding included
 * @param limitBytes the most it may take
 */
public record BackendInfo(
    String name,
    int tier,
    String state,
    String reason,
    long pages,
    long extraCopies,
    long usedBytes,
    long limitBytes) {

  public JsonObject toJson() {
    return new JsonObject()
        .put("name", name)
        .put("tier", tier)
        .put("state", state)
        .put("reason", reason)
        .put("pages", pages)
        .put("extraCopies", extraCopies)
        .put("usedBytes", usedBytes)
        .put("limitBytes", limitBytes);
  }

  public static BackendInfo fromJson(JsonObject json) {
    return new BackendInfo(
        json.getString("name"),
        json.getInteger("tier"),
        json.getString("state"),
        json.getString("reason", ""),
        json.getLong("pages"),
        json.getLong("extraCopies"),
        json.getLong("usedBytes"),
        json.getLong("limitBytes"));
  }
}

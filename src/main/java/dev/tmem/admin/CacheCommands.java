package dev.tmem.admin;

import dev.tmem.cleancache.CleanCaches;
import dev.tmem.cleancache.OpenCache;
import dev.tmem.dispatch.Dispatcher;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/** What an operator asks and tells of clean caches. Thread-safe; holds no state. */
final class CacheCommands {

  private final NodeStats stats;
  private final Dispatcher dispatcher;
  private final CleanCaches caches;

  CacheCommands(NodeStats stats, Dispatcher dispatcher, CleanCaches caches) {
    this.stats = stats;
    this.dispatcher = dispatcher;
    this.caches = caches;
  }

  /** Those that are open. */
  Future<JsonObject> list(JsonObject arguments) {
    JsonArray list = new JsonArray();
    caches.list().forEach(cache -> list.add(summary(new JsonObject(), cache)));
    return Future.succeededFuture(stats.answer().put("caches", list));
  }

  /** The numbers of one. */
  Future<JsonObject> stats(JsonObject arguments) {
    return caches
        .find(arguments.getString("cache"))
        .map(cache ->
            summary(stats.answer(), cache)
                .put("counters", new JsonObject(new TreeMap<>(cache.space().numbers()))));
  }

  private JsonObject summary(JsonObject answer, OpenCache cache) {
    return answer
        .put("cache", cache.name())
        .put("number", cache.number())
        .put("options", cache.options().toJson())
        .put("handles", cache.handles())
        .put("pages", cache.space().counters().pages())
        .put("pagesByBackend", json(dispatcher.pagesByBackend(cache.space())));
  }

  private static JsonObject json(Map<String, Long> numbers) {
    JsonObject json = new JsonObject();
    numbers.forEach(json::put);
    return json;
  }

  /** Ends one for everybody. */
  Future<JsonObject> cacheOff(JsonObject arguments) {
    String name = arguments.getString("cache");
    return caches.end(name).map(pages -> stats.answer().put("cache", name).put("pages", pages));
  }
}

package dev.tmem.admin;

import dev.tmem.Options;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.cleancache.OpenCache;
import dev.tmem.cleancache.shared.OpenShared;
import dev.tmem.cleancache.shared.SharedCaches;
import dev.tmem.cleancache.shared.protocol.View;
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

  /** The shared ones: who the homes are, and this node's part. */
  Future<JsonObject> shared(JsonObject arguments) {
    SharedCaches shared = caches.shared();
    View view = shared.view();
    JsonArray members = new JsonArray();
    if (view != null) {
      view.shares()
          .forEach((member, slots) ->
              members.add(
                  new JsonObject()
                      .put("name", member.name())
                      .put("incarnation", member.incarnation().toString())
                      .put("slots", slots)));
    }
    JsonArray open = new JsonArray();
    shared.list().forEach(cache -> open.add(summary(cache)));
    JsonObject pages = new JsonObject();
    JsonObject counters = new JsonObject();
    shared.numbers().forEach(counters::put);
    shared.pagesHere().forEach((uuid, count) -> pages.put(uuid.toString(), count));
    return Future.succeededFuture(
        stats
            .answer()
            .put("view", view == null ? 0 : view.number())
            .put("lineage", view == null ? "" : view.name().lineage().toString())
            .put("tieBreak", view != null && view.tieBreak())
            .put("members", members)
            .put("lease", shared.hasLease())
            .put("usedBytes", shared.usedBytes())
            .put("limitBytes", shared.limitBytes())
            .put("pages", pages)
            .put("open", open)
            .put("counters", counters));
  }

  /** Goes on without the quorum of a view. */
  Future<JsonObject> sharedForce(JsonObject arguments) {
    caches.shared().force(Options.wholeNumber("view", arguments.getValue("view")));
    return shared(arguments);
  }

  private static JsonObject summary(OpenShared cache) {
    JsonObject counters = new JsonObject();
    cache.counters().forEach(counters::put);
    return new JsonObject()
        .put("uuid", cache.uuid().toString())
        .put("number", cache.number())
        .put("options", cache.options().toJson())
        .put("handles", cache.handles())
        .put("counters", counters);
  }

  /** Ends one for everybody. */
  Future<JsonObject> cacheOff(JsonObject arguments) {
    String name = arguments.getString("cache");
    return caches.end(name).map(pages -> stats.answer().put("cache", name).put("pages", pages));
  }
}

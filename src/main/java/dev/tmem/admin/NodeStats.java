package dev.tmem.admin;

import dev.tmem.BackendInfo;
import dev.tmem.Options;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.frontswap.SwapAreas;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.ProcessMemory;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The statistics of a node, read where they are kept. Thread-safe; the numbers of one answer are
 * not of one instant.
 */
public final class NodeStats {

  private final Identity identity;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;
  private final CleanCaches caches;
  private final MemoryAccount memory;
  private final Lending lending;
  private final PoolStats pool;
  private final ProcessMemory process = new ProcessMemory();

  public NodeStats(
      Identity identity,
      Dispatcher dispatcher,
      SwapAreas areas,
      CleanCaches caches,
      MemoryAccount memory,
      Lending lending) {
    this.identity = identity;
    this.dispatcher = dispatcher;
    this.areas = areas;
    this.caches = caches;
    this.memory = memory;
    this.lending = lending;
    this.pool = new PoolStats(dispatcher, memory);
  }

  JsonObject answer() {
    return new JsonObject().put("node", identity.name());
  }

  /** The whole node. */
  public JsonObject node() {
    Map<String, Long> pages = new LinkedHashMap<>();
    Map<String, Long> extras = new LinkedHashMap<>();
    long total = 0;
    for (BackendInfo backend : dispatcher.backendInfos()) {
      pages.put(backend.name(), backend.pages());
      extras.put(backend.name(), backend.extraCopies());
    }
    for (OpenArea area : areas.list()) {
      total += area.space().counters().pages();
    }
    return answer()
        .put("incarnation", identity.incarnation())
        .put("uptimeSeconds", (System.nanoTime() - identity.startedNanos()) / 1_000_000_000L)
        .put("rssBytes", process.rssBytes())
        .put("memoryLimit", memory.limit())
        .put("memoryUsed", memory.used())
        .put("memoryUsedMax", memory.usedMax())
        .put("lendLimit", lending.lendLimit())
        .put("foreignPages", lending.foreignPages())
        .put("foreignBytes", lending.foreignBytes())
        .put("leaving", lending.isLeaving())
        .put("frozen", dispatcher.isFrozen())
        .put("underProtectedPages", lending.pagesAway() + dispatcher.exposures().pages())
        .put("timeToSafeSeconds", dispatcher.exposures().timeToSafeSeconds())
        .put("areas", areas.list().size())
        .put("pages", total)
        .put("caches", caches.list().size())
        .put("cachePages", cachePages())
        .put("pagesByBackend", json(pages))
        .put("extraCopiesByBackend", json(extras))
        .put("reclaim", pool.reclaim())
        .put("mm_stat", pool.mmStat())
        .put("io_stat", pool.ioStat())
        .put("counters", json(dispatcher.counters()))
        .put("cacheCounters", json(dispatcher.cacheCounters()))
        .put("events", json(dispatcher.notifier().counts()))
        .put("backends", backendArray());
  }

  private long cachePages() {
    return caches.list().stream().mapToLong(cache -> cache.space().counters().pages()).sum();
  }

  /** One area. */
  JsonObject area(OpenArea area) {
    return summary(area)
        .put("extraCopiesByBackend", json(dispatcher.extraCopiesByBackend(area.space())))
        .put("underProtectedPages", area.space().counters().exposedPages())
        .put("timeToSafeSeconds", dispatcher.exposures().timeToSafeSeconds(area.space()))
        .put("ram", pool.ram(area))
        .put("ramzswap", pool.ramzswap(area))
        .put("counters", json(area.space().numbers()));
  }

  private JsonObject summary(OpenArea area) {
    return answer()
        .put("area", area.name())
        .put("number", area.number())
        .put("options", area.options().toJson())
        .put("state", Options.word(area.state()))
        .put("tiers", new JsonArray(dispatcher.tiers(area.space())))
        .put("handles", area.handles())
        .put("pages", area.space().counters().pages())
        .put("pagesByBackend", json(dispatcher.pagesByBackend(area.space())));
  }

  JsonObject areas() {
    JsonArray list = new JsonArray();
    for (OpenArea area : areas.list()) {
      JsonObject entry = summary(area);
      entry.remove("node");
      list.add(entry);
    }
    return answer().put("areas", list);
  }

  JsonObject backends() {
    return answer().put("backends", backendArray());
  }

  private JsonArray backendArray() {
    JsonArray list = new JsonArray();
    for (BackendInfo backend : dispatcher.backendInfos()) {
      list.add(backend.toJson().put("counters", json(dispatcher.backendCounters(backend.name()))));
    }
    return list;
  }

  JsonObject classes() {
    return answer().put("classes", pool.classes());
  }

  long memUsedMax() {
    return pool.memUsedMax();
  }

  void resetMemUsedMax() {
    pool.resetMemUsedMax();
  }

  List<String> damagedSpans() {
    return pool.damagedSpans();
  }

  JsonObject peers() {
    return answer().put("peers", new JsonArray(lending.peers()));
  }

  private static JsonObject json(Map<String, Long> numbers) {
    JsonObject json = new JsonObject();
    numbers.forEach(json::put);
    return json;
  }
}

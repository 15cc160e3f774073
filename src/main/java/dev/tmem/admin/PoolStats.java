package dev.tmem.admin;

import dev.tmem.BackendInfo;
import dev.tmem.SwapAreaOptions;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.Quota;
import dev.tmem.dispatch.RamNumbers;
import dev.tmem.dispatch.ReclaimState;
import dev.tmem.dispatch.SpaceCounters;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.zram.SizeClassStats;
import dev.tmem.zram.ZramBackend;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The pool in RAM in the numbers of zram and of ramzswap; {@code docs/admin.md} defines each.
 * Thread-safe; the numbers of one answer are not of one instant.
 */
final class PoolStats {

  private final Dispatcher dispatcher;
  private final MemoryAccount memory;

  PoolStats(Dispatcher dispatcher, MemoryAccount memory) {
    this.dispatcher = dispatcher;
    this.memory = memory;
  }

  /** The pool; null if its backend was taken out. */
  private @Nullable ZramBackend zram() {
    return dispatcher.backend(ZramBackend.NAME) instanceof ZramBackend zram ? zram : null;
  }

  private Map<String, Long> zramCounters() {
    ZramBackend zram = zram();
    return zram == null ? Map.of() : zram.counters();
  }

  // ---- zram

  /** Of areas and caches together: both lie in the pool. */
  private Map<String, Long> sums() {
    Map<String, Long> sums = new TreeMap<>(dispatcher.counters());
    dispatcher.cacheCounters().forEach((name, value) -> sums.merge(name, value, Long::sum));
    return sums;
  }

  JsonObject mmStat() {
    Map<String, Long> sums = sums();
    Map<String, Long> pool = zramCounters();
    return new JsonObject()
        .put("orig_data_size", of(sums, "orig_data_size"))
        .put("compr_data_size", of(sums, "compr_data_size"))
        .put("mem_used_total", of(pool, "mem_used_total"))
        .put("mem_limit", memory.limit())
        .put("mem_used_max", of(pool, "mem_used_max"))
        .put("same_pages", of(sums, "same_pages"))
        .put("pages_compacted", of(pool, "pages_compacted"))
        .put("huge_pages", of(sums, "huge_pages"))
        .put("huge_pages_since", of(sums, "huge_pages_since"));
  }

  JsonObject ioStat() {
    Map<String, Long> sums = sums();
    return new JsonObject()
        .put("failed_reads", of(sums, "failed_reads"))
        .put("failed_writes", of(sums, "failed_stores"))
        .put("invalid_io", of(sums, "invalid_io"))
        .put("notify_free", of(sums, "notify_free"));
  }

  private static long of(Map<String, Long> numbers, String name) {
    return numbers.getOrDefault(name, 0L);
  }

  // ---- Reclaim

  /** The marks of the pool, and how it stands with them. */
  JsonObject reclaim() {
    ReclaimState state = dispatcher.reclaimState();
    return new JsonObject()
        .put("usedBytes", state.usedBytes())
        .put("lowBytes", state.marks().low())
        .put("highBytes", state.marks().high())
        .put("emergencyBytes", state.marks().emergency())
        .put("limitBytes", state.marks().limit())
        .put("relieving", state.relieving())
        .put("emergency", state.emergency())
        .put("lanes", state.lanes())
        .put("waiting", state.waiting())
        .put("direct_reclaim", of(dispatcher.counters(), "direct_reclaim"));
  }

  /** What an area has of RAM, and what it may have. */
  JsonObject ram(OpenArea area) {
    Quota.Shares shares = area.space().quota().shares();
    long limit = dispatcher.reclaimState().marks().limit();
    return new JsonObject()
        .put("bytes", area.space().numbers().getOrDefault("compr_data_size", 0L))
        .put("guaranteedBytes", shares.guaranteed().of(limit))
        .put("capBytes", shares.cap().of(limit));
  }

  // ---- ramzswap

  /** The 19 fields of ramzswap's statistics of a device, here of an area. */
  JsonObject ramzswap(OpenArea area) {
    SpaceCounters counters = area.space().counters();
    Map<String, Long> sums = counters.snapshot();
    RamNumbers ram = area.space().ram();
    long used = share(ram.zpageBytes());
    int pageSize = area.options().getPageSize();
    return new JsonObject()
        .put("num_reads", of(sums, "loads") + of(sums, "failed_loads"))
        .put("num_writes", of(sums, "succ_stores") + of(sums, "failed_stores"))
        .put("failed_reads", of(sums, "failed_reads"))
        .put("failed_writes", of(sums, "failed_stores"))
        .put("invalid_io", of(sums, "invalid_io"))
        .put("notify_free", of(sums, "notify_free"))
        .put("pages_zero", ram.samePages())
        .put("good_compress_pct", ram.goodPercent())
        .put("pages_expand_pct", ram.hugePercent())
        .put("pages_stored", ram.pages())
        .put("pages_used", (used + pageSize - 1) / pageSize)
        .put("orig_data_size", ram.originalBytes())
        .put("compr_data_size", ram.zpageBytes())
        .put("mem_used_total", used)
        .put("bdev_num_reads", of(sums, "bdev_num_reads"))
        .put("bdev_num_writes", of(sums, "bdev_num_writes"))
        .put("disksize", diskSize(area.options()))
        .put("memlimit", memory.limit())
        .put("backing_swap_name", lowerBackends());
  }

  /** The spans are shared by all areas, and by peers' pages: a part of them, by zpage bytes. */
  private long share(long zpageBytes) {
    Map<String, Long> pool = zramCounters();
    long all = of(pool, "compr_data_size");
    return all == 0 ? 0 : (long) (of(pool, "mem_used_total") * (zpageBytes / (double) all));
  }

  private static long diskSize(SwapAreaOptions options) {
    long pages = options.getMaxPages();
    if (pages == SwapAreaOptions.DEFAULT_MAX_PAGES) {
      return 0;
    }
    boolean tooLarge = pages > Long.MAX_VALUE / options.getPageSize();
    return tooLarge ? Long.MAX_VALUE : pages * options.getPageSize();
  }

  private String lowerBackends() {
    return dispatcher.backendInfos().stream()
        .filter(backend -> backend.tier() > ZramBackend.TIER)
        .map(BackendInfo::name)
        .collect(Collectors.joining(","));
  }

  // ---- The allocator

  JsonArray classes() {
    JsonArray list = new JsonArray();
    ZramBackend zram = zram();
    for (SizeClassStats one : zram == null ? List.<SizeClassStats>of() : zram.classStats()) {
      list.add(
          new JsonObject()
              .put("size", one.objectBytes())
              .put("perSpan", one.objectsPerSpan())
              .put("spans", one.spans())
              .put("objects", one.objects())
              .put("usedBytes", one.payloadBytes())
              .put("wastedBytes", one.wastedBytes())
              .put("fullness", one.fullnessPercent()));
    }
    return list;
  }

  long memUsedMax() {
    return of(zramCounters(), "mem_used_max");
  }

  void resetMemUsedMax() {
    ZramBackend zram = zram();
    if (zram != null) {
      zram.resetMemUsedMax();
    }
  }

  /** What is damaged in the pool, as far as its debug mode can tell. */
  List<String> damagedSpans() {
    ZramBackend zram = zram();
    return zram == null ? List.of() : zram.audit();
  }
}

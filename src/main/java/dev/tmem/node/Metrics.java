package dev.tmem.node;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.BackendInfo;
import dev.tmem.admin.Lending;
import dev.tmem.cleancache.CleanCaches;
import dev.tmem.cleancache.OpenCache;
import dev.tmem.cleancache.shared.OpenShared;
import dev.tmem.cleancache.shared.SharedCaches;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.frontswap.OpenArea;
import dev.tmem.frontswap.SwapAreas;
import dev.tmem.memory.MemoryAccount;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Shows the node's counters in a Micrometer registry: {@code tmem.NAME}, NAME as {@code stats} has
 * it, tagged {@code node} and, where it belongs to one, {@code area}, {@code cache} or {@code
 * backend}. Nothing is counted here; every meter reads where {@code stats} reads.
 *
 * <p>Thread-safe: this object's monitor guards what is registered.
 */
final class Metrics implements AutoCloseable {

  private static final String PREFIX = "tmem.";

  /** What goes up and down; everything else only grows. */
  private static final Set<String> GAUGES =
      Set.of(
          "curr_pages",
          "same_pages",
          "pages_lost",
          "pages",
          "extra_copies",
          "used_bytes",
          "limit_bytes",
          "orig_data_size",
          "compr_data_size",
          "huge_pages",
          "mem_used_total",
          "mem_used_max",
          "mem_limit",
          "bd_count",
          "under_protected_pages",
          "time_to_safe_seconds",
          "node_under_protected_pages",
          "node_time_to_safe_seconds",
          "frees_pending",
          "foreign_pages",
          "foreign_bytes",
          "foreign_eph_pages",
          "foreign_pers_pages",
          "memory_limit",
          "memory_used",
          "memory_used_max",
          "lend_limit",
          "areas",
          "caches",
          "shared_view",
          "shared_members",
          "shared_lease",
          "shared_used_bytes",
          "shared_limit_bytes",
          "shared_requests",
          "shared_loads",
          "shared_waiting",
          "shared_pages");

  /** The thing that a group of meters is about, and where its numbers are read. */
  private record Subject(Tags tags, Supplier<Map<String, Long>> numbers) {

    double read(String name) {
      Long value = numbers.get().get(name);
      return value == null ? Double.NaN : value;
    }
  }

  /** A subject and its meters; the registry itself holds subjects weakly. */
  private record Shown(Subject subject, Map<String, Meter> meters) {}

  private final MeterRegistry registry;
  private final String node;
  private final Dispatcher dispatcher;
  private final SwapAreas areas;
  private final CleanCaches caches;
  private final MemoryAccount memory;
  private final Lending lending;

  @GuardedBy("this")
  private final Map<String, Shown> shown = new HashMap<>();

  @GuardedBy("this")
  private boolean closed;

  Metrics(
      MeterRegistry registry,
      String node,
      Dispatcher dispatcher,
      SwapAreas areas,
      CleanCaches caches,
      MemoryAccount memory,
      Lending lending) {
    this.registry = registry;
    this.node = node;
    this.dispatcher = dispatcher;
    this.areas = areas;
    this.caches = caches;
    this.memory = memory;
    this.lending = lending;
  }

  /** Shows what has come since the last time, and forgets what has gone. */
  synchronized void refresh() {
    if (closed) {
      return;
    }
    Map<String, Subject> subjects = subjects();
    for (String gone : new HashSet<>(shown.keySet())) {
      if (!subjects.containsKey(gone)) {
        forget(gone);
      }
    }
    subjects.forEach(this::show);
  }

  private Map<String, Subject> subjects() {
    Map<String, Subject> subjects = new LinkedHashMap<>();
    subjects.put("node", new Subject(tags(), this::nodeNumbers));
    for (OpenArea area : areas.list()) {
      subjects.put(
          "area " + area.number(),
          new Subject(tags().and("area", area.name()), () -> areaNumbers(area)));
    }
    for (OpenCache cache : caches.list()) {
      subjects.put(
          "cache " + cache.number(),
          new Subject(tags().and("cache", cache.name()), cache.space()::numbers));
    }
    SharedCaches shared = caches.shared();
    subjects.put("shared", new Subject(tags(), shared::numbers));
    for (OpenShared cache : shared.list()) {
      subjects.put(
          "shared cache " + cache.number(),
          new Subject(tags().and("cache", "shared:" + cache.uuid()), () -> shared.numbers(cache)));
    }
    for (BackendInfo backend : dispatcher.backendInfos()) {
      String name = backend.name();
      subjects.put(
          "backend " + name, new Subject(tags().and("backend", name), () -> backendNumbers(name)));
    }
    return subjects;
  }

  private Tags tags() {
    return Tags.of("node", node);
  }

  private Map<String, Long> nodeNumbers() {
    Map<String, Long> numbers = new TreeMap<>();
    numbers.put("memory_limit", memory.limit());
    numbers.put("memory_used", memory.used());
    numbers.put("memory_used_max", memory.usedMax());
    numbers.put("lend_limit", lending.lendLimit());
    numbers.put("foreign_pages", lending.foreignPages());
    numbers.put("foreign_bytes", lending.foreignBytes());
    // a name has the same tags in all its meters, so these are not those of the areas
    // this order: what is struck at a lender that is away becomes exposed before it is freed there
    numbers.put("node_under_protected_pages", lending.pagesAway() + dispatcher.exposures().pages());
    numbers.put("node_time_to_safe_seconds", dispatcher.exposures().timeToSafeSeconds());
    numbers.put("areas", (long) areas.list().size());
    numbers.put("caches", (long) caches.list().size());
    return numbers;
  }

  private Map<String, Long> areaNumbers(OpenArea area) {
    Map<String, Long> numbers = new TreeMap<>(area.space().numbers());
    numbers.put("time_to_safe_seconds", dispatcher.exposures().timeToSafeSeconds(area.space()));
    return numbers;
  }

  private Map<String, Long> backendNumbers(String name) {
    for (BackendInfo backend : dispatcher.backendInfos()) {
      if (backend.name().equals(name)) {
        Map<String, Long> numbers = new TreeMap<>(dispatcher.backendCounters(name));
        numbers.put("pages", backend.pages());
        numbers.put("extra_copies", backend.extraCopies());
        numbers.put("used_bytes", backend.usedBytes());
        numbers.put("limit_bytes", backend.limitBytes());
        return numbers;
      }
    }
    return Map.of();
  }

  private synchronized void show(String key, Subject subject) {
    Shown one = shown.computeIfAbsent(key, k -> new Shown(subject, new HashMap<>()));
    for (String name : one.subject().numbers().get().keySet()) {
      one.meters().computeIfAbsent(name, n -> register(n, one.subject()));
    }
  }

  private Meter register(String name, Subject subject) {
    return GAUGES.contains(name)
        ? Gauge.builder(PREFIX + name, subject, s -> s.read(name))
            .tags(subject.tags())
            .register(registry)
        : FunctionCounter.builder(PREFIX + name, subject, s -> s.read(name))
            .tags(subject.tags())
            .register(registry);
  }

  private synchronized void forget(String key) {
    Shown gone = shown.remove(key);
    if (gone != null) {
      gone.meters().values().forEach(registry::remove);
    }
  }

  /** Takes every meter out of the registry, which belongs to somebody else. */
  @Override
  public synchronized void close() {
    closed = true;
    new HashSet<>(shown.keySet()).forEach(this::forget);
  }
}

package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.BackendInfo;
import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Scheduler;
import dev.tmem.codec.PageCodec;
import dev.tmem.memory.BlockPool;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one place that knows where every page is: the page spaces, the backends, and the work between
 * them.
 *
 * <p>Thread-safe.
 */
public final class Dispatcher {

  /** What a backend has to answer within, in milliseconds. */
  public static final long DEFAULT_BACKEND_TIMEOUT_MILLIS = 10_000;

  private final Scheduler scheduler;
  private final PageCodec codec;
  private final BlockPool blocks;
  private final Notifier notifier = new Notifier();
  private final LongWorks longWorks = new LongWorks();
  private final Backends backends;
  private final Protector protector;
  private final Exposures exposures;
  private final Hedges hedges;
  private final Mover mover;
  private final Reclaimer reclaimer;
  private final Ephemerals ephemerals;
  private final UnderWay underWay = new UnderWay();
  private final Registration registration;
  private final Upkeep upkeep;
  private final RamCompaction compaction = new RamCompaction(this);
  private final Durables durables = new Durables(this);
  private final SpaceNames names = new SpaceNames();
  private final List<PageSpace> spaces = new CopyOnWriteArrayList<>();

  private final RamKeepers keepers = new RamKeepers();

  private final InFlight inFlight = new InFlight();

  /** What a space uses that has no list of its own; empty: all. */
  private volatile List<String> tiers = List.of();

  /** The last number given to a page space; never used again. */
  @GuardedBy("this")
  private int lastNumber;

  @GuardedBy("this")
  private boolean frozen;

  /** Sums of the counters of spaces that were closed. */
  @GuardedBy("this")
  private final Map<String, Long> closedCounters = new TreeMap<>();

  /** The same of clean caches. */
  @GuardedBy("this")
  private final Map<String, Long> closedCacheCounters = new TreeMap<>();

  /**
   * @param blocks where the page tables take their memory
   * @param backendTimeoutMillis what a backend has to answer within
   */
  public Dispatcher(
      Scheduler scheduler, PageCodec codec, BlockPool blocks, long backendTimeoutMillis) {
    this.scheduler = scheduler;
    this.codec = codec;
    this.blocks = blocks;
    this.backends = new Backends(this, backendTimeoutMillis);
    this.protector = new Protector(backends);
    this.exposures = new Exposures(this);
    this.hedges = new Hedges(scheduler);
    this.mover = new Mover(backends, protector);
    this.ephemerals = new Ephemerals(this);
    this.reclaimer = new Reclaimer(this, scheduler, new ClockHand());
    this.upkeep = new Upkeep(this);
    this.registration = new Registration(this);
  }

  // ---- For the rooms of this floor

  /** The clock and the threads of the node. */
  public Scheduler scheduler() {
    return scheduler;
  }

  public PageCodec codec() {
    return codec;
  }

  BlockPool blocks() {
    return blocks;
  }

  Backends backends() {
    return backends;
  }

  Protector protector() {
    return protector;
  }

  /** Pages whose copies are not what their protection asks for. */
  public Exposures exposures() {
    return exposures;
  }

  /** Fetches that take too long. */
  public Hedges hedges() {
    return hedges;
  }

  InFlight inFlight() {
    return inFlight;
  }

  Mover mover() {
    return mover;
  }

  UnderWay underWay() {
    return underWay;
  }

  Reclaimer reclaimer() {
    return reclaimer;
  }

  /** Tells whoever listens what happens. */
  public Notifier notifier() {
    return notifier;
  }

  /** The areas that outlive the process. */
  public Durables durables() {
    return durables;
  }

  RamCompaction compaction() {
    return compaction;
  }

  Ephemerals ephemerals() {
    return ephemerals;
  }

  /** What keeps the pool in RAM in shape. */
  public Upkeep upkeep() {
    return upkeep;
  }

  // ---- Page spaces

  /** How many names of areas and caches are taken. */
  public SpaceNames names() {
    return names;
  }

  /** The open page spaces. */
  public List<PageSpace> spaces() {
    return List.copyOf(spaces);
  }

  /** Those of swap areas. */
  List<PageSpace> persistentSpaces() {
    return spaces.stream().filter(space -> space.config().persistent()).toList();
  }

  /** Those of clean caches. */
  List<PageSpace> ephemeralSpaces() {
    return spaces.stream().filter(space -> !space.config().persistent()).toList();
  }

  @Nullable PageSpace space(int number) {
    for (PageSpace space : spaces) {
      if (space.number() == number) {
        return space;
      }
    }
    return null;
  }

  /**
   * Says which backends a space uses that has no list of its own.
   *
   * @param names in the order in which they are tried; empty: all
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} if there is no such backend
   */
  public void setTiers(List<String> names) {
    TmemException unknown = unknownTier(names);
    if (unknown != null) {
      throw unknown;
    }
    tiers = List.copyOf(names);
  }

  private @Nullable TmemException unknownTier(List<String> names) {
    for (String name : names) {
      if (backends.named(name) == null) {
        return Options.refuse(
            "tiers", name, "a list of backends that are registered (" + backendNames() + ")");
      }
    }
    return null;
  }

  /** The backends that a space uses, in its order. */
  public List<String> tiers(PageSpace space) {
    return Stream.of(space.chain().inOrder()).map(RegisteredBackend::name).toList();
  }

  /** Opens a page space; completes when the backends there are have heard of it. */
  public Future<PageSpace> open(SpaceConfig config) {
    return open(config, null);
  }

  /**
   * As {@link #open(SpaceConfig)}.
   *
   * @param cache of a clean cache, whose pages are not persistent; null: of a swap area
   * @return fails with {@link ErrorCode#INVALID_OPTION} if it names a backend that is not there
   */
  public Future<PageSpace> open(SpaceConfig wanted, @Nullable CacheConfig cache) {
    return open(wanted, cache, null, space -> {});
  }

  /**
   * As {@link #open(SpaceConfig, CacheConfig)}.
   *
   * @param number that it had before; null: a new one
   * @param prepare done to it before anybody knows of it
   */
  Future<PageSpace> open(
      SpaceConfig wanted,
      @Nullable CacheConfig cache,
      @Nullable Integer number,
      Consumer<PageSpace> prepare) {
    if (wanted.persistent() != (cache == null)) {
      throw new IllegalArgumentException("a cache is not persistent, and an area is: " + wanted);
    }
    TmemException unknown = unknownTier(wanted.tiers());
    if (unknown != null) {
      return Future.failedFuture(unknown);
    }
    SpaceConfig config = wanted.tiers().isEmpty() ? wanted.withTiers(tiers) : wanted;
    PageSpace space;
    synchronized (this) {
      space = new PageSpace(number == null ? ++lastNumber : number, config, cache, this);
      prepare.accept(space);
      spaces.add(space);
    }
    return registration
        .opened(space)
        .map(done -> space)
        .recover(error -> close(space).transform(done -> Future.failedFuture(error)));
  }

  /** Lower numbers are not given to page spaces from now on. */
  synchronized void numberFrom(int next) {
    lastNumber = Math.max(lastNumber, next - 1);
  }

  /** Freezes or thaws every page space, and those to come. */
  public synchronized void setFrozen(boolean on) {
    frozen = on;
    spaces.forEach(space -> space.modes().setNodeFrozen(on));
  }

  /** Whether every page space is frozen. */
  public synchronized boolean isFrozen() {
    return frozen;
  }

  /**
   * Ends a page space: later operations on it fail, its pages are freed.
   *
   * @return the number of pages that were freed
   */
  public Future<Long> close(PageSpace space) {
    space.markClosed();
    reclaimer.forget(space);
    return durables.dropThen(space, () -> free(space));
  }

  private Future<Long> free(PageSpace space) {
    return new SpaceSweep(space)
        .freeAll()
        .compose(freed -> space.freeNotes().told().map(freed))
        .compose(freed -> {
          for (Stripe stripe : space.stripes()) {
            stripe.dropTables();
          }
          synchronized (this) {
            spaces.remove(space);
            Map<String, Long> closed =
                space.config().persistent() ? closedCounters : closedCacheCounters;
            space.counted().forEach((name, value) -> closed.merge(name, value, Long::sum));
          }
          return registration.closed(space).map(done -> freed);
        });
  }

  // ---- Backends

  /** Adds a backend to the chain; completes when it takes pages. */
  public Future<Void> register(Backend backend) {
    return registration.register(backend);
  }

  /** Empties a backend into the others, removes and closes it; see {@code BackendRegistry}. */
  public Future<Void> deregister(String name) {
    return deregister(name, false);
  }

  /**
   * As {@link #deregister(String)}.
   *
   * @param force pages that the others cannot take are lost rather than that it stays
   */
  public Future<Void> deregister(String name, boolean force) {
    return registration.deregister(name, force);
  }

  /**
   * Takes no more pages into a backend, or takes them again.
   *
   * @return its state
   * @throws TmemException with {@link ErrorCode#UNKNOWN_BACKEND}, or {@link
   *     ErrorCode#BACKEND_FAILED} if it is being emptied
   */
  public BackendInfo setFrozen(String name, boolean frozen) {
    RegisteredBackend backend = backends.named(name);
    if (backend == null) {
      throw unknownBackend(name);
    }
    boolean done = frozen ? backend.health().freeze("an administrator said so") : backend.thaw();
    if (!done) {
      throw new TmemException(ErrorCode.BACKEND_FAILED, name + " is being emptied");
    }
    reclaimer.lookNow();
    return info(backend);
  }

  /** Closes every backend as it is, in the order of the chain: the node ends. */
  public Future<Void> closeBackends() {
    List<Future<Void>> closes = new ArrayList<>();
    for (RegisteredBackend backend : backends.chain()) {
      closes.add(backend.close());
    }
    return Future.join(closes).mapEmpty();
  }

  /** A backend of the chain; null: there is none of that name. */
  public @Nullable Backend backend(String name) {
    RegisteredBackend backend = backends.named(name);
    return backend == null ? null : backend.backend;
  }

  TmemException unknownBackend(String name) {
    return new TmemException(
        ErrorCode.UNKNOWN_BACKEND,
        "no backend is named " + name + "; there are: " + backendNames());
  }

  private String backendNames() {
    return Stream.of(backends.chain())
        .map(RegisteredBackend::name)
        .collect(Collectors.joining(", "));
  }

  /** The backends in the order of the chain. */
  public List<BackendInfo> backendInfos() {
    List<BackendInfo> infos = new ArrayList<>();
    for (RegisteredBackend backend : backends.chain()) {
      infos.add(info(backend));
    }
    return infos;
  }

  private BackendInfo info(RegisteredBackend backend) {
    BackendUsage usage = backend.usage();
    long pages = 0;
    long extras = 0;
    for (PageSpace space : spaces) {
      pages += primaryPages(space, backend);
      extras += space.counters().extraCopies(backend.ordinal);
    }
    return new BackendInfo(
        backend.name(),
        backend.tier(),
        backend.state(),
        backend.reason(),
        pages,
        extras,
        usage.usedBytes(),
        usage.limitBytes());
  }

  /** The backend's own counters, with those of the calls made to it. */
  public Map<String, Long> backendCounters(String name) {
    RegisteredBackend backend = backends.named(name);
    if (backend == null) {
      throw unknownBackend(name);
    }
    return backend.counters();
  }

  /**
   * Pages of a space by the backend of their primary copy. Same-filled pages, which lie in their
   * slots, are counted with the first RAM backend.
   */
  public Map<String, Long> pagesByBackend(PageSpace space) {
    Map<String, Long> pages = new TreeMap<>();
    for (RegisteredBackend backend : backends.chain()) {
      pages.put(backend.name(), primaryPages(space, backend));
    }
    return pages;
  }

  private long primaryPages(PageSpace space, RegisteredBackend backend) {
    long pages = space.counters().primaryPages(backend.ordinal);
    return backend == firstRam() ? pages + space.counters().samePages() : pages;
  }

  /** Further copies of a space's pages by backend. */
  public Map<String, Long> extraCopiesByBackend(PageSpace space) {
    Map<String, Long> copies = new TreeMap<>();
    for (RegisteredBackend backend : backends.chain()) {
      copies.put(backend.name(), space.counters().extraCopies(backend.ordinal));
    }
    return copies;
  }

  /** Counters of all swap areas there ever were, by name. */
  public synchronized Map<String, Long> counters() {
    return counters(closedCounters, persistentSpaces());
  }

  /** Counters of all clean caches there ever were, by name. */
  public synchronized Map<String, Long> cacheCounters() {
    return counters(closedCacheCounters, ephemeralSpaces());
  }

  private static Map<String, Long> counters(Map<String, Long> closed, List<PageSpace> spaces) {
    Map<String, Long> sums = new TreeMap<>(closed);
    // what closed spaces still had is no gauge any more
    sums.keySet().removeAll(Set.of("curr_pages", "same_pages", "under_protected_pages"));
    for (PageSpace space : spaces) {
      space.numbers().forEach((name, value) -> sums.merge(name, value, Long::sum));
    }
    return sums;
  }

  private @Nullable RegisteredBackend firstRam() {
    for (RegisteredBackend backend : backends.chain()) {
      if (backend.ram() != null) {
        return backend;
      }
    }
    return null;
  }

  /**
   * Demotes until at most that many pages remain in a backend.
   *
   * @return the number of copies that were moved or dropped
   */
  public Future<Long> shrink(String name, long pages) {
    RegisteredBackend backend = backends.named(name);
    if (backend == null) {
      return Future.failedFuture(unknownBackend(name));
    }
    BackendInfo info = info(backend);
    LongStream samePages = spaces.stream().mapToLong(space -> space.counters().samePages());
    long sameFilled = backend == firstRam() ? samePages.sum() : 0;
    long excess = info.pages() - sameFilled + info.extraCopies() - pages;
    if (excess <= 0) {
      return Future.succeededFuture(0L);
    }
    long dropped = ephemerals.shrink(backend, excess);
    return longWorks.run(
        "shrink " + name,
        excess,
        work -> {
          work.progress(dropped);
          return new Evacuation(
                  this, backend, handle -> true, Targets.below(backend), excess - dropped)
              .as(work)
              .run()
              .map(moved -> moved + dropped);
        });
  }

  /**
   * Writes the pages to the lowest tier that have no copy there.
   *
   * @param space whose pages; null: those of every persistent space
   * @return {@code pages} that have one now, and those {@code left} without
   */
  public Future<Map<String, Long>> writethroughSync(@Nullable PageSpace space) {
    List<PageSpace> all = space == null ? persistentSpaces() : List.of(space);
    long total = all.stream().mapToLong(one -> one.counters().pages()).sum();
    String what = "writethrough-sync" + (space == null ? "" : " " + space.config().name());
    return longWorks
        .run(what, total, work -> new WritethroughSync(this, all, work).run())
        .map(result -> Map.of("pages", result.pages(), "left", result.left()));
  }

  /** What administrators have begun, and may stop. */
  public LongWorks longWorks() {
    return longWorks;
  }

  /** Holds the counters against the page tables; completes with what does not add up. */
  public Future<List<String>> check() {
    return compute(() -> new Audit(this).check());
  }

  /**
   * Where the pages of a space lie, for an administrator to see.
   *
   * @param from the lowest offset to be told of
   * @param to the highest
   * @param max pages at the most, the lowest first
   */
  public Future<List<JsonObject>> slots(PageSpace space, long from, long to, int max) {
    return new SpaceSweep(space)
        .slots(from, max)
        .map(offsets -> {
          long[] wanted = Arrays.stream(offsets).filter(offset -> offset <= to).toArray();
          return new SlotDump(backends).of(space, wanted);
        });
  }

  /** Runs something that looks at many slots where it holds up nobody. */
  <T> Future<T> compute(Supplier<T> work) {
    Promise<T> promise = Promise.promise();
    scheduler.execute(() -> promise.complete(work.get()));
    return promise.future();
  }

  /** How it stands with the pool in RAM. */
  public ReclaimState reclaimState() {
    return reclaimer.state();
  }

  /**
   * Gives a space its shares of RAM, in place of those it has; reclaim goes by them from now on.
   *
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} if they cannot be kept; nothing
   *     changes
   */
  public void setShares(PageSpace space, Quota.Shares shares) {
    reclaimer.setShares(space, shares);
  }

  /** Looks at the marks again: a limit has changed. */
  public void limitChanged() {
    reclaimer.lookNow();
  }

  /** Somebody else keeps zpages in a RAM backend, as a lender does for its peers. */
  public void addKeeper(RamKeeper keeper) {
    keepers.add(keeper);
  }

  RamKeepers keepers() {
    return keepers;
  }
}

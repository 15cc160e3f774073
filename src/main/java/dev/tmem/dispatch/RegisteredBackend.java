package dev.tmem.dispatch;

import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.DurableBackend;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import dev.tmem.dispatch.BackendHealth.Call;
import io.vertx.core.Future;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A backend as the dispatcher sees it: with an ordinal, a state, and every call contained. What a
 * backend throws is a refusal; what it does not answer in time is one too, and what it answers
 * after that is freed. What it answers is looked at before anybody believes it.
 *
 * <p>Name, tier and loss domain are asked for once, so they cannot change.
 *
 * <p>Thread-safe.
 */
final class RegisteredBackend {

  /** The most pages that are put to or asked of a backend in one call. */
  static final int MAX_BATCH = 256;

  /** How long closing may take, in milliseconds; it may have much to write. */
  private static final long CLOSE_TIMEOUT_MILLIS = 60_000;

  private static final BackendUsage UNKNOWN_USAGE = new BackendUsage(0, Long.MAX_VALUE);

  final int ordinal;
  final Backend backend;
  final LongAdder refusedPuts = new LongAdder();

  /** Fetches that were not made, since the backend is faulty and others waited for it already. */
  private final LongAdder shedFetches = new LongAdder();

  /** Inits that failed, for whatever space. */
  final LongAdder failedInits = new LongAdder();

  private final String name;
  private final int tier;
  private final boolean diesWithPeer;
  private final @Nullable RamBackend ram;
  private final @Nullable ContainedRam inRam;
  private final @Nullable SlowBackend slow;
  private final InFlight inFlight;
  private final BackendHealth health;
  private final Contained calls;

  /** Null: it returns at once, and is called where it is wanted. */
  private final @Nullable CallThreads threads;

  private final Question<@Nullable BackendUsage> usage;
  private final Question<@Nullable Map<String, Long>> backendCounters;
  private final Question<@Nullable String> trouble;
  private final Question<Boolean> thaw;

  /** Frees that are being made: closing waits for them, since nobody calls what is closed. */
  private final UnderWay frees = new UnderWay();

  RegisteredBackend(int ordinal, Backend backend, Dispatcher dispatcher, long timeoutMillis) {
    this.ordinal = ordinal;
    this.backend = backend;
    this.name = Objects.requireNonNull(backend.name(), "a backend has no name");
    this.tier = backend.tier();
    this.diesWithPeer = backend.lossDomain() == LossDomain.PEER;
    this.ram = backend instanceof RamBackend r ? r : null;
    this.slow = backend instanceof SlowBackend s ? s : null;
    if (ram == null && slow == null) {
      throw new IllegalArgumentException(name + " is neither a RamBackend nor a SlowBackend");
    }
    this.inFlight = dispatcher.inFlight();
    Scheduler scheduler = dispatcher.scheduler();
    this.health =
        new BackendHealth(
            name, scheduler, dispatcher.notifier(), () -> new Probe(dispatcher, this).run());
    this.inRam = ram == null ? null : new ContainedRam(name, ram, health);
    this.threads = slow == null || slow.returnsAtOnce() ? null : new CallThreads(scheduler);
    Scheduler elsewhere = threads == null ? null : scheduler;
    this.usage = new Question<>(name, health, elsewhere, backend::usage, null);
    this.backendCounters = new Question<>(name, health, elsewhere, backend::counters, null);
    this.trouble = new Question<>(name, health, elsewhere, this::askTrouble, null);
    this.thaw = new Question<>(name, health, elsewhere, this::thawn, false);
    this.calls = new Contained(name, health, scheduler, timeoutMillis, threads);
  }

  String name() {
    return name;
  }

  int tier() {
    return tier;
  }

  /** The backend, if it answers at once. */
  @Nullable RamBackend ram() {
    return ram;
  }

  boolean diesWithPeer() {
    return diesWithPeer;
  }

  BackendHealth health() {
    return health;
  }

  /** The word for its state: one that says it is in trouble takes no pages either. */
  String state() {
    return isActive() && trouble() != null ? BackendHealth.FROZEN_WORD : health.word();
  }

  /** Why it is not active; empty if it is. */
  String reason() {
    String trouble = isActive() ? trouble() : null;
    return trouble == null ? health.reason() : trouble;
  }

  private @Nullable String trouble() {
    return trouble.ask();
  }

  private @Nullable String askTrouble() {
    try {
      return backend.trouble();
    } catch (RuntimeException | AssertionError | LinkageError e) {
      return name + " threw " + e;
    }
  }

  /** An administrator says that it may take pages again; false: it is being emptied. */
  boolean thaw() {
    boolean thawed = health.thaw();
    if (thawed) {
      thaw.ask();
    }
    return thawed;
  }

  private boolean thawn() {
    backend.thaw();
    return true;
  }

  boolean isActive() {
    return health.isActive();
  }

  /** Whether its copies can be counted on: not if it is frozen for its faults. */
  boolean isSound() {
    return health.state() != BackendHealth.State.FAULTY;
  }

  // ---- Looking

  /** How full it is; nothing known if it does not say. */
  BackendUsage usage() {
    BackendUsage said = usage.ask();
    return said == null ? UNKNOWN_USAGE : said;
  }

  /** Its own counters, with those of the calls made to it. */
  Map<String, Long> counters() {
    Map<String, Long> own = backendCounters.ask();
    Map<String, Long> counters = new TreeMap<>(own == null ? Map.of() : own);
    counters.put("refused_puts", refusedPuts.sum());
    counters.put("failed_inits", failedInits.sum());
    counters.put("shed_fetches", shedFetches.sum());
    counters.put("calls_not_returned", threads == null ? 0L : threads.underWay());
    health.addTo(counters);
    return counters;
  }

  // ---- Page spaces

  /**
   * @param late run if it succeeds after the time for it was over
   */
  Future<Void> init(SpaceInfo space, Runnable late) {
    return calls
        .make(Call.INIT, () -> backend.init(space), done -> {}, done -> late.run())
        .onFailure(error -> failedInits.increment());
  }

  Future<Void> invalidateSpace(int space) {
    // what was freed before is to be heard of before
    return calls.make(
        Call.END,
        () ->
            threads == null
                ? backend.invalidateSpace(space)
                : frees.settled().compose(done -> backend.invalidateSpace(space)),
        done -> {},
        late -> {});
  }

  // ---- A backend that answers at once

  /** The backend, if it answers at once, with what it throws contained. */
  ContainedRam inRam() {
    ContainedRam contained = inRam;
    if (contained == null) {
      throw new IllegalStateException(name + " is not a RAM backend");
    }
    return contained;
  }

  /** {@link ContainedRam#put}. */
  long putInRam(ByteBuffer source, int position, int length) {
    return inRam().put(source, position, length);
  }

  /** {@link ContainedRam#put(MemorySegment, int)}. */
  long putInRam(MemorySegment source, int length) {
    return inRam().put(source, length);
  }

  /** {@link ContainedRam#rewrite}. */
  long rewriteInRam(long handle, MemorySegment source, int length) {
    return inRam().rewrite(handle, source, length);
  }

  /** {@link ContainedRam#free}. */
  void freeInRam(long handle) {
    inRam().free(handle);
  }

  // ---- A backend that may wait

  /**
   * Puts 1 to {@link #MAX_BATCH} pages of slots that say that they are being stored; never fails:
   * what went wrong was refused.
   */
  Future<long[]> put(List<Zpage> pages) {
    return put(pages, () -> slow().put(pages), handles -> {});
  }

  /**
   * Puts 1 to {@link #MAX_BATCH} pages; never fails: what went wrong was refused.
   *
   * @param taker makes the handles known as copies, in flight or in slots
   */
  Future<Void> put(List<Zpage> pages, Consumer<long[]> taker) {
    return put(pages, () -> slow().put(pages), taker).mapEmpty();
  }

  /** Puts second copies apart from first ones; never fails. */
  Future<Void> putApart(List<Zpage> pages, long[] first, Consumer<long[]> taker) {
    return put(pages, () -> slow().putApart(pages, first), taker).mapEmpty();
  }

  /** {@link DurableBackend#invalidateDurable}; never fails: what went wrong is not on record. */
  Future<boolean[]> invalidateDurable(DurableBackend durable, List<PageRef> pages) {
    return calls
        .make(
            Call.PUT,
            () -> durable.invalidateDurable(pages),
            done -> {
              if (done.length != pages.size()) {
                throw new BackendFault(
                    BackendFault.Kind.MALFORMED,
                    name + " answered " + done.length + " of " + pages.size() + " pages");
              }
            },
            late -> {})
        .otherwise(error -> new boolean[pages.size()]);
  }

  private Future<long[]> put(
      List<Zpage> pages, Supplier<Future<long[]>> put, Consumer<long[]> taker) {
    InFlight.Offer offer = inFlight.offered(ordinal, pages);
    return tryPut(Call.PUT, pages, put)
        .otherwise(error -> {
          long[] refused = new long[pages.size()];
          Arrays.fill(refused, Backend.REFUSED);
          return refused;
        })
        .onSuccess(this::countRefused)
        .map(handles -> {
          taker.accept(handles);
          return handles;
        })
        .onComplete(done -> offer.taken());
  }

  private Future<long[]> tryPut(Call kind, List<Zpage> pages, Supplier<Future<long[]>> put) {
    return calls
        .make(kind, put, handles -> checkLength(pages, handles), late -> freeAll(pages, late))
        .map(handles -> handles.clone()); // whatever the backend does to its array later
  }

  private void checkLength(List<Zpage> pages, long[] handles) {
    if (handles.length != pages.size()) {
      freeAll(pages, handles);
      throw new BackendFault(
          BackendFault.Kind.MALFORMED,
          name + " answered " + handles.length + " handles for " + pages.size() + " pages");
    }
  }

  private void countRefused(long[] handles) {
    for (long handle : handles) {
      if (handle == Backend.REFUSED) {
        refusedPuts.increment();
      }
    }
  }

  /** Nobody will name these copies: as many as can be told apart are given up. */
  private void freeAll(List<Zpage> pages, long[] handles) {
    List<PageRef> refs = new ArrayList<>();
    for (int i = 0; i < Math.min(handles.length, pages.size()); i++) {
      if (handles[i] != Backend.REFUSED) {
        refs.add(new PageRef(pages.get(i).key(), pages.get(i).epoch(), handles[i]));
      }
    }
    if (!refs.isEmpty()) {
      free(refs);
    }
  }

  /** Asks for 1 to {@link #MAX_BATCH} copies; never fails: what went wrong is unavailable. */
  Future<List<Fetched>> get(List<PageRef> refs) {
    if (!health.enterFetch()) {
      shedFetches.add(refs.size());
      return Future.succeededFuture(unavailable(refs, name + " is frozen: " + health.reason()));
    }
    return get(Call.GET, refs).onComplete(done -> health.leaveFetch());
  }

  private Future<List<Fetched>> get(Call kind, List<PageRef> refs) {
    return calls
        .make(kind, () -> slow().get(refs), answers -> checkCount(refs, answers), late -> {})
        .map(answers -> believed(kind, refs, answers))
        .otherwise(error -> unavailable(refs, String.valueOf(error.getMessage())));
  }

  private static List<Fetched> unavailable(List<PageRef> refs, String reason) {
    return Collections.nCopies(refs.size(), new Fetched.Unavailable(reason));
  }

  private void checkCount(List<PageRef> refs, List<Fetched> answers) {
    if (answers.size() != refs.size()) {
      throw new BackendFault(
          BackendFault.Kind.MALFORMED,
          name + " answered " + answers.size() + " of " + refs.size() + " pages");
    }
  }

  /** What of the answers can be believed; the rest is unavailable or damaged. */
  private List<Fetched> believed(Call kind, List<PageRef> refs, List<Fetched> answers) {
    List<Fetched> believed = new ArrayList<>(refs.size());
    int found = 0;
    BackendFault fault = null;
    for (int i = 0; i < refs.size(); i++) {
      Fetched answer = believed(refs.get(i), answers.get(i));
      believed.add(answer);
      if (answer instanceof Fetched.Found) {
        found++;
      } else if (answer instanceof Fetched.Corrupt corrupt) {
        fault = new BackendFault(BackendFault.Kind.DAMAGED, corrupt.reason());
      } else if (answer instanceof Fetched.Gone gone && !diesWithPeer) {
        fault = new BackendFault(BackendFault.Kind.GONE, gone.reason());
      }
    }
    if (fault != null) {
      health.fault(kind, fault);
    } else if (found > 0) {
      health.well(kind);
    }
    return believed;
  }

  private Fetched believed(PageRef ref, @Nullable Fetched answer) {
    if (answer == null) {
      return new Fetched.Unavailable(name + " answered nothing for a page");
    }
    Zpage zpage = answer instanceof Fetched.Found found ? found.zpage() : null;
    if (zpage == null) {
      return answer instanceof Fetched.Found
          ? new Fetched.Corrupt(name + " found nothing")
          : answer;
    }
    if (!zpage.key().equals(ref.key()) || zpage.epoch() != ref.epoch()) {
      return new Fetched.Corrupt(name + " returned " + zpage + " instead");
    }
    return zpage.intact() ? answer : new Fetched.Corrupt(name + " returned a damaged zpage");
  }

  /** Gives copies up; nothing if it is closed, which has given up all. */
  void free(List<PageRef> refs) {
    UnderWay.Period period = frees.begin();
    if (threads == null) {
      free(refs, period);
    } else if (!threads.run(() -> free(refs, period))) {
      frees.end(period);
      health.fault(
          Call.FREE,
          new BackendFault(BackendFault.Kind.LATE, name + " has too many calls under way"));
    }
  }

  private void free(List<PageRef> refs, UnderWay.Period period) {
    try {
      if (!health.isClosed()) {
        freeOpen(refs);
      }
    } finally {
      frees.end(period);
    }
  }

  private void freeOpen(List<PageRef> refs) {
    if (ram != null) {
      refs.forEach(ref -> freeInRam(ref.handle()));
      return;
    }
    try {
      slow().free(refs);
      health.well(Call.FREE);
    } catch (RuntimeException e) {
      health.fault(Call.FREE, new BackendFault(BackendFault.Kind.THROWN, name + " threw " + e));
    }
  }

  // ---- Probing

  /** Puts one page, whatever the state is; fails if the backend does. */
  Future<Long> probePut(Zpage page) {
    if (ram == null) {
      return tryPut(Call.PROBE, List.of(page), () -> slow().put(List.of(page)))
          .map(handles -> handles[0]);
    }
    return calls.make(
        Call.PROBE,
        () -> Future.succeededFuture(ram.put(ByteBuffer.wrap(page.bytes()), 0, page.length())),
        handle -> {},
        late -> {});
  }

  /** Reads it again; never fails. */
  Future<Fetched> probeGet(PageRef ref, Zpage page) {
    if (ram == null) {
      return get(Call.PROBE, List.of(ref)).map(List::getFirst);
    }
    return calls
        .make(
            Call.PROBE,
            () -> Future.succeededFuture(readRam(ram, ref.handle(), page)),
            found -> {},
            late -> {})
        .otherwise(error -> new Fetched.Unavailable(String.valueOf(error.getMessage())));
  }

  private static Fetched readRam(RamBackend ram, long handle, Zpage page) {
    byte[] bytes = new byte[ram.length(handle)];
    ram.buffer(handle).get(ram.position(handle), bytes);
    return new Fetched.Found(
        Zpage.arrived(
            page.key(), page.epoch(), page.codec(), page.originalLength(), bytes, page.crc()));
  }

  Future<Void> flush() {
    return slow == null
        ? Future.succeededFuture()
        : calls.make(Call.FLUSH, slow::flush, done -> {}, late -> {});
  }

  /** It is out of the chain: releases what it has. Fails if it does not, in time. */
  Future<Void> close() {
    health.close();
    return calls.make(
        Call.END, () -> frees.settled().compose(done -> backend.close()), CLOSE_TIMEOUT_MILLIS);
  }

  private SlowBackend slow() {
    SlowBackend backend = slow;
    if (backend == null) {
      throw new IllegalStateException(name + " answers at once, it is not to be waited for");
    }
    return backend;
  }
}

package dev.tmem.cleancache.shared.protocol;

import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * This node as the home of objects: serves what agrees with its view while it has a lease.
 *
 * <p>Invariants: a page is in the store only if this node has been the home of its slot, in every
 * view since it was put, without a gap; or its slot is being swept.
 *
 * <p>Thread-safe: {@code gate}. Requests are served under its read lock, a view takes effect under
 * its write lock; so no request of a view is served after the next one has taken effect.
 */
final class Home {

  /** Whether nobody else can be serving a slot; asked without the gate. */
  interface Settling {
    boolean isSettled(ViewName view, int slot, long settledAt, long now);
  }

  /** A view as it is served. Immutable. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Tenure(View view, long[] settledAt) {}

  /** Immutable. */
  private record Right(ViewName view, long until) {}

  private final Member self;
  private final Timing timing;
  private final HomeRules rules;
  private final PageStore store;
  private final Settling settling;
  private final Loads loads;

  /** Of other nodes; this node's own requests come once and at once. */
  private final Sessions sessions = new Sessions();

  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

  /** Sweeps under way of each slot. */
  private final AtomicIntegerArray sweeps = new AtomicIntegerArray(Slots.COUNT);

  private volatile @Nullable Tenure tenure;
  private volatile @Nullable Right right;

  Home(
      Member self,
      Timing timing,
      HomeRules rules,
      PageStore store,
      Settling settling,
      Loads loads) {
    this.self = self;
    this.timing = timing;
    this.rules = rules;
    this.store = store;
    this.settling = settling;
    this.loads = loads;
  }

  // ---- Views and leases

  void leased(View view, long until) {
    right = new Right(view.name(), until);
  }

  /** A view takes effect; pages of slots that have another home now are dropped. */
  void install(View view, boolean isNext, long now) {
    IntPredicate moved;
    gate.writeLock().lock();
    try {
      Tenure before = tenure;
      View last = isNext && before != null ? before.view() : null;
      long[] settledAt = new long[Slots.COUNT];
      for (int slot = 0; slot < Slots.COUNT; slot++) {
        settledAt[slot] =
            last != null && before != null && isMine(last, slot)
                ? before.settledAt()[slot]
                : now + timing.settleNanos();
      }
      moved = slot -> rules.drops(last == null || (isMine(last, slot) && !isMine(view, slot)));
      tenure = new Tenure(view, settledAt);
      forEach(moved, sweeps::incrementAndGet);
    } finally {
      gate.writeLock().unlock();
    }
    loads.revoke(key -> moved.test(Slots.of(key.object())));
    store.drop(moved).onComplete(done -> forEach(moved, sweeps::decrementAndGet));
  }

  private static void forEach(IntPredicate some, IntConsumer action) {
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      if (some.test(slot)) {
        action.accept(slot);
      }
    }
  }

  private boolean isMine(View view, int slot) {
    return view.home(slot).incarnation().equals(self.incarnation());
  }

  /** Whether this node may serve under its view. */
  boolean hasLease(long now) {
    Tenure current = tenure;
    return current != null && hasLease(current.view(), now);
  }

  private boolean hasLease(View view, long now) {
    Right held = right;
    return rules.serves(held != null && held.view().equals(view.name()) && now - held.until() < 0);
  }

  // ---- Requests

  /**
   * Serves a request, in the call that brings it as far as it does not wait for anything.
   *
   * @param from the sender; this node itself perhaps
   */
  Future<Reply> serve(Member from, Request request, long now) {
    boolean settled = !needsSettling(request) || isSettled(request, now);
    List<Runnable> later = new ArrayList<>(0);
    Future<Reply> reply;
    gate.readLock().lock();
    try {
      reply = serveInGate(from, request, settled, now, later);
    } finally {
      gate.readLock().unlock();
    }
    later.forEach(Runnable::run);
    return reply;
  }

  private Future<Reply> serveInGate(
      Member from, Request request, boolean settled, long now, List<Runnable> later) {
    if (request.operation().changes() && !from.incarnation().equals(self.incarnation())) {
      return serveOnce(from, request, settled, now, later);
    }
    sessions.raise(from.incarnation(), request.floor(), now);
    Outcome refusal = refusal(from, request, settled, now);
    return refusal == null
        ? carryOut(from, request, now, later)
        : Future.succeededFuture(Reply.of(request.number(), refusal));
  }

  /** A put or invalidate of another node's: it may come twice, or late. */
  private Future<Reply> serveOnce(
      Member from, Request request, boolean settled, long now, List<Runnable> later) {
    List<Future<Reply>> replies = new ArrayList<>(1);
    Outcome outcome =
        sessions.once(
            from.incarnation(),
            request.number(),
            request.floor(),
            now,
            () -> {
              Outcome refusal = refusal(from, request, settled, now);
              if (refusal == null) {
                replies.add(carryOut(from, request, now, later));
              }
              return refusal == null ? Outcome.DONE : refusal;
            });
    if (outcome == Outcome.DONE && request.operation() == Operation.INVALIDATE_CACHE) {
      // of a repeated one the first may be at work still, and what is dropped twice does no harm
      return replies.isEmpty() ? carryOut(from, request, now, later) : replies.getFirst();
    }
    return replies.isEmpty()
        ? Future.succeededFuture(Reply.of(request.number(), outcome))
        : replies.getFirst();
  }

  private static boolean needsSettling(Request request) {
    return switch (request.operation()) {
      case GET, LOAD_FAILED, OPEN, CLOSE -> false;
      case PUT, INVALIDATE_PAGE, INVALIDATE_OBJECT, INVALIDATE_CACHE, LOAD -> true;
    };
  }

  private boolean isSettled(Request request, long now) {
    Tenure current = tenure;
    if (current == null || !rules.agrees(current.view().name().equals(request.view()))) {
      return false;
    }
    if (request.operation() != Operation.INVALIDATE_CACHE) {
      return isSettled(current, Slots.of(request.object()), now);
    }
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      if (isMine(current.view(), slot) && !isSettled(current, slot, now)) {
        return false;
      }
    }
    return true;
  }

  private boolean isSettled(Tenure current, int slot, long now) {
    long settledAt = current.settledAt()[slot];
    return rules.settled(
        (now - settledAt >= 0 || settling.isSettled(current.view().name(), slot, settledAt, now))
            && sweeps.get(slot) == 0);
  }

  /** Why a request is not served; null: it is. Under the gate. */
  private @Nullable Outcome refusal(Member from, Request request, boolean settled, long now) {
    Tenure current = tenure;
    if (current == null || !rules.agrees(current.view().name().equals(request.view()))) {
      return Outcome.OTHER_VIEW;
    }
    boolean ofAll = request.operation().ofAll();
    if (!ofAll && !rules.agrees(isMine(current.view(), Slots.of(request.object())))) {
      return Outcome.OTHER_VIEW;
    }
    if (!hasLease(current.view(), now)) {
      return Outcome.NO_LEASE;
    }
    if (!settled) {
      return Outcome.NOT_YET;
    }
    return switch (request.operation()) {
      case OPEN ->
          unfit(
              store.open(
                  request.cache(), from.incarnation(), request.token() == Message.HELD, now));
      case CLOSE -> null;
      default -> unfit(store.prepare(request.cache()));
    };
  }

  private static @Nullable Outcome unfit(PageStore.Fitness fitness) {
    return switch (fitness) {
      case FIT -> null;
      case NOT_YET -> Outcome.NOT_YET;
      case OTHER_OPTIONS -> Outcome.OTHER_OPTIONS;
      case NO_ROOM -> Outcome.OVERLOADED;
    };
  }

  private Future<Reply> carryOut(Member from, Request request, long now, List<Runnable> later) {
    long number = request.number();
    return switch (request.operation()) {
      case GET -> Future.succeededFuture(new Reply(number, Outcome.DONE, pages(request), 0, ""));
      case PUT -> {
        put(request, now, later);
        yield Future.succeededFuture(Reply.of(number, Outcome.DONE));
      }
      case INVALIDATE_PAGE -> {
        loads.revoke(request);
        for (int index : request.indexes()) {
          store.invalidatePage(request.cache(), request.object(), index);
        }
        yield Future.succeededFuture(Reply.of(number, Outcome.DONE));
      }
      case INVALIDATE_OBJECT -> {
        loads.revoke(request);
        yield store
            .invalidateObject(request.cache(), request.object())
            .map(Reply.of(number, Outcome.DONE));
      }
      case INVALIDATE_CACHE -> {
        loads.revoke(request);
        yield store.invalidateAll(request.cache()).map(Reply.of(number, Outcome.DONE));
      }
      case OPEN -> Future.succeededFuture(Reply.of(number, Outcome.DONE));
      case CLOSE ->
          store.close(request.cache(), from.incarnation()).map(Reply.of(number, Outcome.DONE));
      case LOAD -> Future.succeededFuture(load(from, request, now, later));
      case LOAD_FAILED -> {
        later.add(loads.failed(request, now));
        yield Future.succeededFuture(Reply.of(number, Outcome.DONE));
      }
    };
  }

  private List<@Nullable Buffer> pages(Request request) {
    List<@Nullable Buffer> pages = new ArrayList<>(request.indexes().size());
    boolean swept = sweeps.get(Slots.of(request.object())) > 0;
    for (int index : request.indexes()) {
      pages.add(swept ? null : store.get(request.cache(), request.object(), index));
    }
    return pages;
  }

  private void put(Request request, long now, List<Runnable> later) {
    if (request.token() != 0) {
      loads.keep(request, () -> keep(request));
      later.add(loads.loaded(request, now));
      return;
    }
    loads.revoke(request); // before: what an older load brings must not come after it
    keep(request);
    loads.revoke(request);
  }

  private void keep(Request request) {
    for (int i = 0; i < request.indexes().size(); i++) {
      store.put(
          request.cache(), request.object(), request.indexes().get(i), request.pages().get(i));
    }
  }

  private Reply load(Member from, Request request, long now, List<Runnable> later) {
    if (request.token() != 0) {
      return loads.ask(from, request);
    }
    Buffer page = page(request);
    if (page == null) {
      Reply reply = loads.ask(from, request);
      // A load that has ended since the look has put its page before: then it is there now.
      page = reply.outcome() == Outcome.LOAD_IT ? page(request) : null;
      if (page == null) {
        return reply;
      }
      later.add(loads.found(reply.token(), page, now));
    } else {
      loads.served(from, request);
    }
    List<@Nullable Buffer> pages = new ArrayList<>(1);
    pages.add(page);
    return new Reply(request.number(), Outcome.DONE, pages, 0, "");
  }

  private @Nullable Buffer page(Request request) {
    return store.get(request.cache(), request.object(), request.indexes().getFirst());
  }
}

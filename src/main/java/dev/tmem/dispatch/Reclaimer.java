package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Scheduler;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the first RAM backend between its {@link Watermarks} by demoting cold pages (kswapd's
 * part), and areas below their caps; makes room for stores that found none, and has writers pay
 * above the emergency mark.
 *
 * <p>Work is done in lanes: a lane collects a batch of cold pages, moves it, and begins again while
 * there is need. Several lanes overlap one batch's compression-free copying with another's way
 * through a lower tier; the nearer the emergency mark, the more lanes there are.
 *
 * <p>Thread-safe: under this object's monitor, which is never held while a page is moved.
 */
final class Reclaimer {

  /** Pages that one lane sends down together; with fewer the handing over takes longer. */
  static final int BATCH_PAGES = 256;

  private static final int PAGES_BETWEEN_COMPACTIONS = 1024;
  private static final int MAX_LANES = 4;

  /** A lane that moved nothing that many times in a row gives up. */
  private static final int MAX_IDLE_ROUNDS = 3;

  /** How long nothing is tried after every lane gave up, in milliseconds. */
  private static final long STUCK_MILLIS = 100;

  /** Taken for the limit of a pool that is not there yet. */
  private static final long UNKNOWN_LIMIT = 1L << 46;

  /** Stores between two looks at the marks, less one; a power of two less one. */
  private static final int LOOK_MASK = 63;

  private final Dispatcher dispatcher;
  private final Scheduler scheduler;
  private final Victims victims;
  private final Mover mover;
  private final RamBound pool;
  private final Quotas quotas = new Quotas();

  /** Counts stores between two looks. Benign race: a lost count only delays a look. */
  private int stores;

  @GuardedBy("this")
  private int lanes;

  /** Until then the lower tiers are taken to be full: what waits for room goes on at once. */
  @GuardedBy("this")
  private long stuckUntilNanos;

  @GuardedBy("this")
  private boolean stuck;

  /** Pages to be relieved before compaction is tried again; it looks at every slot. */
  @GuardedBy("this")
  private int untilCompaction;

  Reclaimer(Dispatcher dispatcher, Scheduler scheduler, DemotionPolicy policy) {
    this.dispatcher = dispatcher;
    this.scheduler = scheduler;
    this.victims = new Victims(policy, dispatcher.protector());
    this.mover = new Mover(dispatcher.backends(), dispatcher.protector());
    this.pool = new RamBound(scheduler);
  }

  // ---- What stores do

  /** Looks at the marks now and then. On the path of every store. */
  void afterStore() {
    if ((++stores & LOOK_MASK) == 0) {
      wake();
    }
  }

  /** Whether a store of that space has to pay. On the path of every store. */
  boolean isEmergency(PageSpace space) {
    return pool.isEmergency() || space.quota().bound().isEmergency();
  }

  /** Of a store whose page is kept: completes when it has paid, which is at once in most cases. */
  Future<Void> pay(PageSpace space) {
    if (!isEmergency(space)) {
      return Future.succeededFuture();
    }
    space.counters().directReclaim.increment();
    RamBound own = space.quota().bound();
    Future<Void> paid = (own.isEmergency() ? own : pool).pay();
    wake();
    return paid;
  }

  /** Lets a store wait until there is room in RAM, or none will come up. */
  void awaitRoom(SlowStore store, StoreRound round) {
    Quota quota = store.space().quota();
    store.space().counters().directReclaim.increment();
    RamBound bound = quota.isCapped() && quota.isFull() ? quota.bound() : pool;
    if (!bound.room().add(store)) {
      store.placeInChain(round);
      return;
    }
    wake();
  }

  // ---- Looking

  /** How it stands with the pool. */
  ReclaimState state() {
    RegisteredBackend source = firstRam();
    BackendUsage usage = source == null ? new BackendUsage(0, 0) : source.usage();
    int working;
    synchronized (this) {
      working = lanes;
    }
    return new ReclaimState(
        Watermarks.of(usage.limitBytes()),
        usage.usedBytes(),
        pool.isRelieving(),
        pool.isEmergency(),
        working,
        pool.waiting());
  }

  /** Gives a space its shares of RAM; see {@link Quotas#set}. */
  void setShares(PageSpace space, Quota.Shares shares) {
    RegisteredBackend source = firstRam();
    long poolBytes = source == null ? UNKNOWN_LIMIT : source.usage().limitBytes();
    quotas.set(space, shares, poolBytes);
    space.quota().look(space, poolBytes, false);
    lookNow();
  }

  /** A space has ended. */
  void forget(PageSpace space) {
    quotas.forget(space);
    space.quota().bound().giveUp();
  }

  /** Looks at once: a limit has changed, or room was made elsewhere. */
  void lookNow() {
    synchronized (this) {
      stuck = false;
    }
    wake();
  }

  /** Starts lanes if there is need for more. */
  void wake() {
    RegisteredBackend source = firstRam();
    if (source == null || look(source)) {
      giveUp();
    } else if (isNeeded() && startLane()) {
      scheduler.execute(() -> run(0));
    }
  }

  /** Looks at all marks; true: nothing can go down for the time being. */
  private boolean look(RegisteredBackend source) {
    boolean hopeless;
    synchronized (this) {
      stuck = stuck && scheduler.nanoTime() - stuckUntilNanos < 0;
      hopeless = stuck;
    }
    BackendUsage usage = source.usage();
    pool.look(usage.usedBytes(), usage.limitBytes(), usage.heldBytes(), hopeless);
    quotas.look(usage.limitBytes(), hopeless);
    return hopeless;
  }

  /** By the last look. */
  private boolean isNeeded() {
    return pool.isNeeded() || quotas.isNeeded();
  }

  private boolean startLane() {
    int most = quotas.lanes(MAX_LANES);
    if (pool.isNeeded()) {
      most = Math.max(most, pool.lanes(MAX_LANES));
    }
    synchronized (this) {
      if (lanes >= most) {
        return false;
      }
      lanes++;
      return true;
    }
  }

  private void giveUp() {
    pool.giveUp();
    quotas.giveUp();
  }

  private @Nullable RegisteredBackend firstRam() {
    for (RegisteredBackend backend : dispatcher.backends().chain()) {
      if (backend.ram() != null) {
        return backend;
      }
    }
    return null;
  }

  // ---- Lanes

  /** One round of a lane. */
  private void run(int idleRounds) {
    RegisteredBackend source = firstRam();
    if (source == null || !goOn(source, idleRounds)) {
      return;
    }
    if (compactFirst(source)) {
      pool.room().pump();
      scheduler.execute(() -> run(idleRounds));
      return;
    }
    if (pool.isNeeded()) {
      int gaveWay = dispatcher.ephemerals().giveWay(source, BATCH_PAGES);
      if (gaveWay > 0) {
        ended(source, Victims.Batch.EMPTY, gaveWay, idleRounds);
        return;
      }
    }
    UnderWay.Period period = dispatcher.underWay().begin();
    Victims.Batch batch = takeBatch(source);
    if (batch.items().isEmpty()) {
      dispatcher.underWay().end(period);
      ended(source, batch, batch.dropped(), idleRounds);
      return;
    }
    mover
        .move(batch.items(), Targets.below(source))
        .onComplete(result -> {
          dispatcher.underWay().end(period);
          ended(source, batch, batch.dropped() + orZero(result.result()), idleRounds);
        });
  }

  /** Of the first scope that has anything to give. */
  private Victims.Batch takeBatch(RegisteredBackend source) {
    List<PageSpace> spaces =
        dispatcher.persistentSpaces().stream()
            .filter(space -> !space.chain().below(source).isEmpty())
            .toList();
    List<Scope> scopes = quotas.scopes(spaces, pool.isNeeded(), source.usage().limitBytes());
    Victims.Batch batch = Victims.Batch.EMPTY;
    for (Scope scope : scopes) {
      if (batch.isEmpty()) {
        batch = victims.take(source, scope, BATCH_PAGES);
      }
    }
    return batch;
  }

  private static int orZero(@Nullable Integer moved) {
    return moved == null ? 0 : moved;
  }

  private void ended(RegisteredBackend source, Victims.Batch batch, int relieved, int idleRounds) {
    synchronized (this) {
      // Where nothing can be sent away compaction is all there is.
      untilCompaction = relieved > 0 ? untilCompaction - relieved : 0;
    }
    look(source);
    if (relieved > 0) {
      quotas.relieved(batch);
    }
    pool.relieved(relieved);
    int idle = relieved > 0 ? 0 : idleRounds + 1;
    scheduler.execute(() -> run(idle));
    // Nobody may store, and wake others. Where nothing goes down none is begun: all lanes would
    // begin each other for ever, and none would find that it is hopeless.
    if (relieved > 0 && isNeeded() && startLane()) {
      scheduler.execute(() -> run(0));
    }
  }

  /** Whether the lane goes on; if not, it has ended. */
  private boolean goOn(RegisteredBackend source, int idleRounds) {
    boolean gaveUp = idleRounds >= MAX_IDLE_ROUNDS;
    boolean needed = isNeeded();
    synchronized (this) {
      if (!gaveUp && needed) {
        return true;
      }
      lanes--;
      gaveUp = gaveUp && lanes == 0;
      if (gaveUp) {
        stuck = true;
        stuckUntilNanos = scheduler.nanoTime() + STUCK_MILLIS * 1_000_000;
      }
    }
    look(source);
    if (gaveUp) {
      giveUp();
    }
    return false;
  }

  /**
   * Room that is there but in the wrong sizes, or held and not used, is made usable before anything
   * is sent away.
   *
   * @return whether anything was gained
   */
  private boolean compactFirst(RegisteredBackend source) {
    boolean waited = !pool.room().isEmpty();
    synchronized (this) {
      BackendUsage usage = source.usage();
      boolean wanted = waited || usage.heldBytes() > usage.limitBytes();
      if (!wanted || untilCompaction > 0 || usage.usedBytes() > pool.marks().high()) {
        return false;
      }
      untilCompaction = PAGES_BETWEEN_COMPACTIONS;
    }
    boolean gained = dispatcher.compaction().run(source) > 0;
    look(source);
    return gained;
  }
}

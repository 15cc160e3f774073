package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the first RAM backend between two marks by demoting cold pages (kswapd's part), and makes
 * room for stores that found none.
 *
 * <p>Work is done in lanes: a lane collects a batch of cold pages, moves it, and begins again while
 * there is need. Several lanes overlap one batch's compression-free copying with another's way
 * through a lower tier.
 *
 * <p>Thread-safe: under this object's monitor, which is never held while a page is moved.
 */
final class Reclaimer {

  /** Share of its limit above which RAM is relieved. */
  static final int HIGH_PERCENT = 90;

  /** Share of its limit down to which it is relieved. */
  static final int LOW_PERCENT = 85;

  private static final int BATCH_PAGES = 128;
  private static final int PAGES_BETWEEN_COMPACTIONS = 1024;
  private static final int MAX_LANES = 4;

  /** A lane that moved nothing that many times in a row gives up. */
  private static final int MAX_IDLE_ROUNDS = 3;

  /** How long nothing is tried after every lane gave up, in milliseconds. */
  private static final long STUCK_MILLIS = 100;

  /** Stores between two looks at the marks, less one; a power of two less one. */
  private static final int LOOK_MASK = 31;

  private final Dispatcher dispatcher;
  private final Scheduler scheduler;
  private final ClockHand hand;
  private final Mover mover;
  private final RoomQueue room;

  /** Counts stores between two looks. Benign race: a lost count only delays a look. */
  private int stores;

  @GuardedBy("this")
  private int lanes;

  /** Whether the high mark was passed and the low one is not reached yet. */
  @GuardedBy("this")
  private boolean relieving;

  /** Until then the lower tiers are taken to be full: what waits for room goes on at once. */
  @GuardedBy("this")
  private long stuckUntilNanos;

  @GuardedBy("this")
  private boolean stuck;

  /** Pages to be relieved before compaction is tried again; it looks at every slot. */
  @GuardedBy("this")
  private int untilCompaction;

  Reclaimer(Dispatcher dispatcher, Scheduler scheduler) {
    this.dispatcher = dispatcher;
    this.scheduler = scheduler;
    this.hand = new ClockHand(dispatcher);
    this.mover = new Mover(dispatcher.backends(), dispatcher.protector());
    this.room = new RoomQueue(scheduler);
  }

  /** Looks at the marks now and then. On the path of every store. */
  void afterStore() {
    if ((++stores & LOOK_MASK) == 0) {
      wake();
    }
  }

  /** Lets a store wait until there is room in RAM, or none will come up. */
  void awaitRoom(SlowStore store) {
    if (!room.add(store)) {
      store.placeInChain();
      return;
    }
    wake();
  }

  /** Stores that wait for room. */
  int waitingStores() {
    return room.size();
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
    if (source == null) {
      room.giveUp();
      return;
    }
    boolean hopeless;
    synchronized (this) {
      hopeless = isStuck();
      if (!hopeless) {
        if (lanes >= MAX_LANES || !isNeeded(source)) {
          return;
        }
        lanes++;
      }
    }
    if (hopeless) {
      room.giveUp();
    } else {
      scheduler.execute(() -> run(0));
    }
  }

  @GuardedBy("this")
  private boolean isStuck() {
    stuck = stuck && scheduler.nanoTime() - stuckUntilNanos < 0;
    return stuck;
  }

  @GuardedBy("this")
  private boolean isNeeded(RegisteredBackend source) {
    BackendUsage usage = source.backend.usage();
    if (usage.usedBytes() > share(usage, HIGH_PERCENT)) {
      relieving = true;
    } else if (usage.usedBytes() <= share(usage, LOW_PERCENT)) {
      relieving = false;
    }
    return relieving || !room.isEmpty() || usage.heldBytes() > usage.limitBytes();
  }

  private static long share(BackendUsage usage, int percent) {
    return usage.limitBytes() / 100 * percent;
  }

  private @Nullable RegisteredBackend firstRam() {
    for (RegisteredBackend backend : dispatcher.backends().chain()) {
      if (backend.ram() != null) {
        return backend;
      }
    }
    return null;
  }

  /** One round of a lane. */
  private void run(int idleRounds) {
    RegisteredBackend source = firstRam();
    if (source == null || !goOn(source, idleRounds)) {
      return;
    }
    if (compactFirst(source)) {
      room.pump();
      scheduler.execute(() -> run(idleRounds));
      return;
    }
    int gaveWay = dispatcher.ephemerals().giveWay(source, BATCH_PAGES);
    if (gaveWay > 0) {
      ended(gaveWay, idleRounds);
      return;
    }
    UnderWay.Period period = dispatcher.underWay().begin();
    ClockHand.Found found = hand.collect(source, BATCH_PAGES);
    if (found.items().isEmpty()) {
      dispatcher.underWay().end(period);
      ended(found.dropped(), idleRounds);
      return;
    }
    mover
        .move(found.items(), Targets.below(source))
        .onComplete(result -> {
          dispatcher.underWay().end(period);
          ended(found.dropped() + orZero(result.result()), idleRounds);
        });
  }

  private static int orZero(@Nullable Integer moved) {
    return moved == null ? 0 : moved;
  }

  private void ended(int relieved, int idleRounds) {
    synchronized (this) {
      // Where nothing can be sent away compaction is all there is.
      untilCompaction = relieved > 0 ? untilCompaction - relieved : 0;
    }
    room.pump();
    int idle = relieved > 0 ? 0 : idleRounds + 1;
    scheduler.execute(() -> run(idle));
  }

  /** Whether the lane goes on; if not, it has ended. */
  private boolean goOn(RegisteredBackend source, int idleRounds) {
    boolean gaveUp = idleRounds >= MAX_IDLE_ROUNDS;
    synchronized (this) {
      if (!gaveUp && isNeeded(source)) {
        return true;
      }
      lanes--;
      gaveUp = gaveUp && lanes == 0;
      if (gaveUp) {
        stuck = true;
        stuckUntilNanos = scheduler.nanoTime() + STUCK_MILLIS * 1_000_000;
      }
    }
    if (gaveUp) {
      room.giveUp();
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
    synchronized (this) {
      BackendUsage usage = source.backend.usage();
      boolean wanted = !room.isEmpty() || usage.heldBytes() > usage.limitBytes();
      if (!wanted || untilCompaction > 0 || usage.usedBytes() > share(usage, HIGH_PERCENT)) {
        return false;
      }
      untilCompaction = PAGES_BETWEEN_COMPACTIONS;
    }
    return dispatcher.compact(source) > 0;
  }
}

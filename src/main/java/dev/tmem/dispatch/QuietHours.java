package dev.tmem.dispatch;

import dev.tmem.backend.Tick;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The work that is done by the clock: pages grow older, and when the node has little else to do,
 * those that were not accessed for a while are recompressed.
 *
 * <p>Recompression takes {@link #PAGES_PER_TICK} pages each {@link #TICK_MILLIS}, and at most one
 * step more, which is some hundredths of one processor.
 *
 * <p>Thread-safe: a tick sets the next one at its end, so that all is confined to one thread at a
 * time.
 */
final class QuietHours {

  static final long TICK_MILLIS = 1_000;

  /** The node is quiet after so many ticks in a row with few operations. */
  static final int QUIET_TICKS = 5;

  /** Loads, stores and invalidates within a tick that still are few. */
  static final long FEW_OPERATIONS = 100;

  /** What a quiet node recompresses within a tick. */
  static final int PAGES_PER_TICK = 256;

  /** A page that was not accessed for so many seconds is worth the work. */
  static final long COLD_SECONDS = 60;

  /** A step finds pages, or passes over slots: so many in one tick, whatever they find. */
  private static final int STEPS_PER_TICK = 8;

  private static final int COLD_AGE = IdleAge.atLeast(COLD_SECONDS);
  private static final long TICKS_PER_ROUND = IdleAge.ROUND_MILLIS / TICK_MILLIS;

  private final Dispatcher dispatcher;
  private final Tick tick;
  private final IdleTracker tracker;

  private long ticks;
  private long quietTicks;
  private long operations;
  private @Nullable Recompressor recompressor;

  /** No page is left to be recompressed until the next round has made some older. */
  private boolean allDone;

  QuietHours(Dispatcher dispatcher, IdleTracker tracker) {
    this.dispatcher = dispatcher;
    this.tick = new Tick(dispatcher.scheduler(), TICK_MILLIS, this::tick);
    this.tracker = tracker;
  }

  /** Begins; to be called once. */
  void start() {
    tick.next();
  }

  /** Ends; what is under way ends by itself, soon. */
  void stop() {
    tick.stop();
  }

  private void tick() {
    ticks++;
    noteOperations();
    dispatcher.upkeep().writeback().tick(ticks % TICKS_PER_ROUND == 1);
    if (ticks % TICKS_PER_ROUND == 0) {
      tracker.beginRound();
      allDone = false;
      round();
      return;
    }
    try {
      if (quietTicks >= QUIET_TICKS && !allDone) {
        recompress();
      }
    } finally {
      tick.next();
    }
  }

  private void round() {
    if (!tick.isStopped() && tracker.stepRound()) {
      dispatcher.scheduler().execute(this::round);
    } else {
      tick.next();
    }
  }

  private void noteOperations() {
    long now = 0;
    List<PageSpace> spaces = dispatcher.spaces();
    for (PageSpace space : spaces) {
      now += space.counters().operations();
    }
    // A sum that has gone down tells of an area that was closed: that was no quiet second.
    boolean quiet = now >= operations && now - operations <= FEW_OPERATIONS;
    quietTicks = quiet ? quietTicks + 1 : 0;
    operations = now;
  }

  private void recompress() {
    Recompressor current = recompressor;
    if (current == null) {
      current =
          new Recompressor(dispatcher, dispatcher.spaces(), word -> SlotWord.age(word) >= COLD_AGE);
    }
    long until = current.looked() + PAGES_PER_TICK;
    boolean more = true;
    for (int i = 0;
        more && i < STEPS_PER_TICK && current.looked() < until && !tick.isStopped();
        i++) {
      more = current.step();
    }
    recompressor = more ? current : null;
    allDone = !more;
  }
}

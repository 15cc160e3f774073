package dev.tmem.dispatch;

import dev.tmem.backend.Tick;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Frees pages whose time to live is over, by the clock: a get never returns one, but what nobody
 * gets would lie there until room is short. Each second some blocks of slots are looked at, round
 * and round.
 *
 * <p>Thread-safe: a tick sets the next one at its end, so that all is confined to one thread at a
 * time.
 */
final class Expiry {

  static final long TICK_MILLIS = 1_000;

  /** Blocks of slots of one tick: some 100,000 pages, a few milliseconds of one processor. */
  static final int BLOCKS_PER_TICK = 1_024;

  private final Dispatcher dispatcher;
  private final Tick tick;
  private final BlockSweep sweep = new BlockSweep();

  private Iterator<PageSpace> spaces = List.<PageSpace>of().iterator();
  private @Nullable PageSpace space;
  private int stripe;
  private long cursor;

  Expiry(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.tick = new Tick(dispatcher.scheduler(), TICK_MILLIS, this::tick);
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
    try {
      boolean newRound = false;
      for (int block = 0; block < BLOCKS_PER_TICK; ) {
        PageSpace current = space;
        if (current != null) {
          look(current);
          block++;
        } else if (spaces.hasNext()) {
          next(spaces.next());
        } else if (newRound) {
          break; // all of it has been looked at in this tick
        } else {
          newRound = true;
          spaces = dispatcher.ephemeralSpaces().iterator();
        }
      }
    } finally {
      tick.next();
    }
  }

  private void next(PageSpace cache) {
    space = cache.cache().hasTimeToLive() ? cache : null;
    stripe = 0;
    cursor = 0;
  }

  private void look(PageSpace cache) {
    CachePages pages = cache.cache();
    cursor =
        sweep.next(
            cache.stripes()[stripe],
            cursor,
            word -> pages.isExpired(word) ? BlockSweep.Fate.EXPIRED : BlockSweep.Fate.STAYS);
    if (cursor < 0) {
      cursor = 0;
      stripe++;
      if (stripe == cache.stripes().length) {
        space = null;
      }
    }
  }
}

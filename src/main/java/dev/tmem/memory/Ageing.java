package dev.tmem.memory;

import dev.tmem.backend.Scheduler;

/**
 * Gives back, by the clock, what was kept and is not wanted: what nobody has taken from one look to
 * the next. Thread-safe: at most one look is due at a time.
 */
final class Ageing {

  /** Between two looks. */
  static final long MILLIS = 2_000;

  /** What is kept. Thread-safe. */
  interface Store {

    /** The number of things that nobody has wanted since the last call. */
    int idle();

    /** Gives one back, the one that was kept first; false: there is none. */
    boolean giveBackOne();

    /** Gives back what is too much. */
    void giveBackExcess();

    /** Whether another look is wanted; if not, {@link Ageing#begin} will be called again. */
    boolean goesOn();
  }

  private final Scheduler scheduler;
  private final Store store;

  Ageing(Scheduler scheduler, Store store) {
    this.scheduler = scheduler;
    this.store = store;
  }

  /** Something is kept, and no look is due. */
  void begin() {
    scheduler.schedule(MILLIS, this::look);
  }

  private void look() {
    try {
      boolean more = true;
      for (int idle = store.idle(); idle > 0 && more; idle--) {
        more = store.giveBackOne();
      }
      store.giveBackExcess();
    } finally {
      if (store.goesOn()) {
        begin();
      }
    }
  }
}

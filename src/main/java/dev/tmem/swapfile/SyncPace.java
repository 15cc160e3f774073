package dev.tmem.swapfile;

import dev.tmem.backend.Scheduler;
import java.util.concurrent.TimeUnit;

/**
 * Says when the log has to be brought to stable storage for the sake of durable areas: before what
 * is to be safe at once is acknowledged, and by half of the shortest interval after what may wait
 * was written, so that with the time it takes nothing older than the interval is exposed. Confined
 * to the writer thread.
 */
final class SyncPace {

  /** Nothing has to be done. */
  static final long FOR_EVER = Long.MAX_VALUE;

  private final Scheduler clock;

  /** The shortest interval of what waits for its write; 0: at once; {@link #FOR_EVER}: none. */
  private long waiting = FOR_EVER;

  /** Records that wait for their write, and for a sync right after it. */
  private int urgent;

  /** The same of what was written since the last time. */
  private long exposed = FOR_EVER;

  /** When the first of that was written. */
  private long sinceNanos;

  SyncPace(Scheduler clock) {
    this.clock = clock;
  }

  /**
   * A record waits for its write.
   *
   * @param fsyncMillis its area's; {@link #FOR_EVER}: it is no matter
   */
  void appended(long fsyncMillis) {
    waiting = Math.min(waiting, fsyncMillis);
    urgent += fsyncMillis == 0 ? 1 : 0;
  }

  /** How many records wait for their write, and for a sync right after it. */
  int urgent() {
    return urgent;
  }

  /** Whether what waits, and is written now, must not be acknowledged before all is safe. */
  boolean isDue() {
    return waiting == 0 || (exposed != FOR_EVER && leftMillis() <= 0);
  }

  /** What waited is written. */
  void written() {
    if (waiting != FOR_EVER && waiting != 0) {
      if (exposed == FOR_EVER) {
        sinceNanos = clock.nanoTime();
      }
      exposed = Math.min(exposed, waiting);
    }
    waiting = FOR_EVER;
    urgent = 0;
  }

  /** Everything written before is safe; or could not be made so, and that is tried again later. */
  void synced(boolean done) {
    if (done) {
      exposed = FOR_EVER;
    } else {
      sinceNanos = clock.nanoTime();
    }
  }

  /**
   * How long nothing has to be done.
   *
   * @param dirty whether anything was written that is not safe
   */
  long waitMillis(boolean dirty) {
    if (exposed == FOR_EVER || !dirty) {
      return FOR_EVER;
    }
    return Math.max(0, leftMillis());
  }

  private long leftMillis() {
    return exposed / 2 - TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - sinceNanos);
  }
}

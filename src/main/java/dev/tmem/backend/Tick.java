package dev.tmem.backend;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

/**
 * Work that comes again and again, a while after it was done last: whoever does it asks for the
 * next time at its end, so that it never overtakes itself. Thread-safe: its monitor, a leaf.
 */
public final class Tick {

  private final Scheduler scheduler;
  private final long millis;
  private final Runnable work;

  @GuardedBy("this")
  private Scheduler.@Nullable Timer timer;

  @GuardedBy("this")
  private boolean stopped;

  /**
   * @param millis between the end of the work and its next beginning
   * @param work is to call {@link #next} when it is over
   */
  public Tick(Scheduler scheduler, long millis, Runnable work) {
    this.scheduler = scheduler;
    this.millis = millis;
    this.work = work;
  }

  /** The work is done once more, unless it was stopped. */
  public synchronized void next() {
    if (!stopped) {
      timer = scheduler.schedule(millis, work);
    }
  }

  /** It does not come again; what is under way ends by itself. Idempotent. */
  public synchronized void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  public synchronized boolean isStopped() {
    return stopped;
  }
}

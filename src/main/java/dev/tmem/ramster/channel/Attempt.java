package dev.tmem.ramster.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * The attempts to get a channel to one peer: one at a time, further and further apart while they
 * fail. Thread-safe: its monitor.
 */
final class Attempt {

  /** Between the first two attempts, in nanoseconds; doubled after each. */
  static final long FIRST_PAUSE_NANOS = 500_000_000L;

  /** The longest pause, in nanoseconds. */
  static final long LONGEST_PAUSE_NANOS = 30_000_000_000L;

  @GuardedBy("this")
  private boolean underWay;

  @GuardedBy("this")
  private boolean hasFailed;

  @GuardedBy("this")
  private long pauseNanos;

  @GuardedBy("this")
  private long notBeforeNanos;

  /** Whether the caller is to make an attempt now. */
  synchronized boolean begin(long nowNanos) {
    if (underWay || (pauseNanos > 0 && nowNanos - notBeforeNanos < 0)) {
      return false;
    }
    underWay = true;
    return true;
  }

  /**
   * The attempt has failed, or somebody else has to act on it.
   *
   * @return whether that is worth telling: it is the first time
   */
  synchronized boolean failed(long nowNanos) {
    boolean isFirst = !hasFailed;
    hasFailed = true;
    pause(nowNanos);
    return isFirst;
  }

  /** The next attempt is not to follow at once. */
  synchronized void pause(long nowNanos) {
    underWay = false;
    pauseNanos = Math.clamp(2 * pauseNanos, FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS);
    notBeforeNanos = nowNanos + pauseNanos;
  }

  /** There is a channel. */
  synchronized void succeeded() {
    underWay = false;
    hasFailed = false;
    pauseNanos = 0;
  }
}

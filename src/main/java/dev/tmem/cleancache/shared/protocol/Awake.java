package dev.tmem.cleancache.shared.protocol;

/**
 * Tells for how long this node stood still between two ticks, and so heard nobody: what it waits
 * for may lie before its door. Thread-safe: its monitor.
 */
final class Awake {

  /** A tick that comes later than that after the one before was held up. */
  static final long LATE_NANOS = 200_000_000L;

  private long lastTick;

  Awake(long now) {
    this.lastTick = now;
  }

  /** The time beyond {@link #LATE_NANOS} that has passed since the last tick; mostly 0. */
  synchronized long tick(long now) {
    long asleep = Math.max(0, now - lastTick - LATE_NANOS);
    lastTick = now;
    return asleep;
  }
}

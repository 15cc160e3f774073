package dev.tmem;

/** When what a durable area acknowledges is safe from loss of power. */
public enum Fsync {
  /** After an interval at the most: what is found again is the state at most that long before. */
  INTERVAL,
  /** At once: what was acknowledged is found again. */
  ALWAYS
}

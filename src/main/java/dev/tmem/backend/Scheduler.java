package dev.tmem.backend;

/**
 * The clock and the threads that the parts below the node work with. Given, never made, so that a
 * simulator can be both. Thread-safe.
 */
public interface Scheduler {

  /** Monotonic; comparable only with itself. */
  long nanoTime();

  /**
   * Runs a short task soon, on a thread that may be blocked for some milliseconds but not held; the
   * caller's locks are not held by it.
   */
  void execute(Runnable task);

  /**
   * Runs a task after a delay, as {@link #execute} does.
   *
   * @return cancels it; cancelling what has run is nothing
   */
  Timer schedule(long delayMillis, Runnable task);

  /**
   * What goes into the places of keys that others choose, so that they cannot choose places: a
   * number that nobody can guess. That of a simulator follows from its seed.
   */
  default long salt() {
    return Salts.next();
  }

  /** A task that waits for its time. */
  interface Timer {
    void cancel();
  }
}

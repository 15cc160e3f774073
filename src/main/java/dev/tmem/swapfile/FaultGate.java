package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Keeps puts away from a disk that fails. After {@link #MAX_FAILURES} failed writes in a row it is
 * frozen; after a while one more write may show whether the fault is gone, and each further failure
 * doubles the wait. Thread-safe: its own lock; {@link #frozen} takes none.
 */
final class FaultGate {

  static final int MAX_FAILURES = 3;
  static final long FIRST_WAIT_MILLIS = 1_000;
  static final long MAX_WAIT_MILLIS = 60_000;

  private final Scheduler scheduler;
  private final Runnable onFreeze;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private long waitMillis = FIRST_WAIT_MILLIS;

  @GuardedBy("this")
  private Scheduler.@Nullable Timer thaw;

  @GuardedBy("this")
  private boolean closed;

  private volatile boolean frozen;

  FaultGate(Scheduler scheduler, Runnable onFreeze) {
    this.scheduler = scheduler;
    this.onFreeze = onFreeze;
  }

  boolean frozen() {
    return frozen;
  }

  synchronized void succeeded() {
    failures = 0;
    waitMillis = FIRST_WAIT_MILLIS;
  }

  synchronized void failed() {
    if (++failures < MAX_FAILURES || frozen || closed) {
      return;
    }
    frozen = true;
    onFreeze.run();
    thaw = scheduler.schedule(waitMillis, this::thaw);
    waitMillis = Math.min(waitMillis * 2, MAX_WAIT_MILLIS);
  }

  private synchronized void thaw() {
    frozen = false;
    thaw = null;
  }

  synchronized void close() {
    closed = true;
    if (thaw != null) {
      thaw.cancel();
      thaw = null;
    }
  }
}

package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Keeps puts away from a disk that fails, and knows why. After {@link #MAX_FAILURES} failed writes
 * in a row it is frozen; after a while one more write may show whether the fault is gone, and each
 * further failure doubles the wait. Beside that it is blocked for as long as something is wrong
 * with the file itself. Thread-safe: its own lock; {@link #frozen} takes none.
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

  /** Why writes failed last; null: it is not frozen. */
  private volatile @Nullable String frozen;

  /** What is wrong with the file; null: nothing is. */
  private volatile @Nullable String blocked;

  FaultGate(Scheduler scheduler, Runnable onFreeze) {
    this.scheduler = scheduler;
    this.onFreeze = onFreeze;
  }

  boolean frozen() {
    return frozen != null || blocked != null;
  }

  /** Why it takes no pages; null: it does. */
  @Nullable String reason() {
    String file = blocked;
    return file != null ? file : frozen;
  }

  synchronized void succeeded() {
    failures = 0;
    waitMillis = FIRST_WAIT_MILLIS;
  }

  /** A write has failed. */
  synchronized void failed(String why) {
    if (++failures < MAX_FAILURES || frozen != null || closed) {
      return;
    }
    frozen = "writes fail: " + why;
    onFreeze.run();
    thaw = scheduler.schedule(waitMillis, this::thaw);
    waitMillis = Math.min(waitMillis * 2, MAX_WAIT_MILLIS);
  }

  /** One more write may show whether the fault is gone. */
  synchronized void thaw() {
    frozen = null;
    if (thaw != null) {
      thaw.cancel();
      thaw = null;
    }
  }

  /**
   * What is wrong with the file, or no more.
   *
   * @param why null: nothing is
   */
  synchronized void setBlocked(@Nullable String why) {
    boolean news = why != null && blocked == null;
    blocked = why;
    if (news) {
      onFreeze.run();
    }
  }

  synchronized void close() {
    closed = true;
    thaw();
  }
}

package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then whether the file is still there, the same, and whole: somebody may remove,
 * replace or truncate it while it is in use, and no write would tell. Thread-safe: its own lock,
 * which is not held while the file is looked at.
 */
final class FileWatch {

  static final long PERIOD_MILLIS = 2_000;

  private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

  private final SwapFile file;
  private final FaultGate gate;
  private final Scheduler scheduler;
  private final Predicate<Runnable> runner;

  @GuardedBy("this")
  private Scheduler.@Nullable Timer timer;

  @GuardedBy("this")
  private boolean closed;

  /**
   * @param runner runs what may wait for the disk; false: not now
   */
  FileWatch(SwapFile file, FaultGate gate, Scheduler scheduler, Predicate<Runnable> runner) {
    this.file = file;
    this.gate = gate;
    this.scheduler = scheduler;
    this.runner = runner;
  }

  synchronized void start() {
    if (!closed) {
      timer = scheduler.schedule(PERIOD_MILLIS, this::tick);
    }
  }

  private void tick() {
    boolean taken =
        runner.test(() -> {
          look();
          start();
        });
    if (!taken) {
      start();
    }
  }

  /** Looks at once. */
  void look() {
    String before = gate.reason();
    String trouble = file.trouble();
    gate.setBlocked(trouble);
    if (trouble != null && !trouble.equals(before)) {
      LOG.warn("swap file {} {}", file.path(), trouble);
    }
  }

  synchronized void close() {
    closed = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}

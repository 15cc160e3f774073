package dev.tmem.swapfile;

import dev.tmem.backend.Scheduler;
import dev.tmem.backend.Tick;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then whether the file is still there, the same, and whole: somebody may remove,
 * replace or truncate it while it is in use, and no write would tell. Thread-safe.
 */
final class FileWatch {

  static final long PERIOD_MILLIS = 2_000;

  private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

  private final SwapFile file;
  private final FaultGate gate;
  private final Tick tick;
  private final Predicate<Runnable> runner;

  /**
   * @param runner runs what may wait for the disk; false: not now
   */
  FileWatch(SwapFile file, FaultGate gate, Scheduler scheduler, Predicate<Runnable> runner) {
    this.file = file;
    this.gate = gate;
    this.tick = new Tick(scheduler, PERIOD_MILLIS, this::tick);
    this.runner = runner;
  }

  void start() {
    tick.next();
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

  void close() {
    tick.stop();
  }
}

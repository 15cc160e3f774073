package dev.tmem.node;

import dev.tmem.backend.Scheduler;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock and threads of one node: virtual threads for the work, one platform thread that only
 * watches the time. The number of tasks is bounded by those who give them: each has its own limit
 * of batches and pages in flight.
 *
 * <p>Thread-safe: the executors' own locks.
 */
final class NodeScheduler implements Scheduler, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(NodeScheduler.class);
  private static final long CLOSE_SECONDS = 5;
  private static final Timer RAN = () -> {};

  private final ExecutorService workers;
  private final ScheduledThreadPoolExecutor timer;

  NodeScheduler(String node) {
    workers =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("tmem-" + node + "-work-", 0).factory());
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("tmem-" + node + "-timer").factory());
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  /** After {@link #close} nothing is run any more. */
  @Override
  public void execute(Runnable task) {
    try {
      workers.execute(() -> run(task));
    } catch (RejectedExecutionException closed) {
      LOG.debug("a background task came after the node had been closed");
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error failed) {
      LOG.error("a background task failed", failed);
    }
  }

  @Override
  public Timer schedule(long delayMillis, Runnable task) {
    if (timer.isShutdown()) {
      return RAN;
    }
    Future<?> waiting =
        timer.schedule(() -> execute(task), Math.max(0, delayMillis), TimeUnit.MILLISECONDS);
    return () -> waiting.cancel(false);
  }

  /** Drops what waits for its time, and waits a while for what is under way. */
  @Override
  public void close() {
    timer.shutdownNow();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("background tasks are still under way; they are interrupted");
        workers.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      workers.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}

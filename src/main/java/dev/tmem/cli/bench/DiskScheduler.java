package dev.tmem.cli.bench;

import dev.tmem.backend.Scheduler;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The clock and a thread for a backend that is measured without a node. Thread-safe. */
final class DiskScheduler implements Scheduler, AutoCloseable {

  private final ScheduledExecutorService threads =
      Executors.newScheduledThreadPool(
          1, Thread.ofPlatform().daemon().name("disk-scheduler").factory());

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  @Override
  public Timer schedule(long delayMillis, Runnable task) {
    ScheduledFuture<?> timer = threads.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    return () -> timer.cancel(false);
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}

package dev.tmem.dispatch;

import dev.tmem.backend.Scheduler;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A scheduler of real threads, for tests that race. */
public final class ThreadScheduler implements Scheduler, AutoCloseable {

  private final ScheduledExecutorService threads;

  public ThreadScheduler(int count) {
    threads = Executors.newScheduledThreadPool(count);
  }

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
    ScheduledFuture<?> future = threads.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}

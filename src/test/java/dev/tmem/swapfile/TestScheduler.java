package dev.tmem.swapfile;

import dev.tmem.backend.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/** Real threads for tasks; timers run only when a test says so. Thread-safe: its own lock. */
final class TestScheduler implements Scheduler, AutoCloseable {

  private final ExecutorService threads =
      Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().factory());
  private final AtomicLong skippedNanos = new AtomicLong();
  private final List<Runnable> timers = new ArrayList<>();

  @Override
  public long nanoTime() {
    return System.nanoTime() + skippedNanos.get();
  }

  void skip(long nanos) {
    skippedNanos.addAndGet(nanos);
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  @Override
  public synchronized Timer schedule(long delayMillis, Runnable task) {
    timers.add(task);
    return () -> cancel(task);
  }

  private synchronized void cancel(Runnable task) {
    timers.remove(task);
  }

  synchronized int timers() {
    return timers.size();
  }

  /** Time passes: everything scheduled runs. */
  void fire() {
    List<Runnable> due;
    synchronized (this) {
      due = List.copyOf(timers);
      timers.clear();
    }
    due.forEach(Runnable::run);
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}

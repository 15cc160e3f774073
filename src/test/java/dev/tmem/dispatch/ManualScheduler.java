package dev.tmem.dispatch;

import dev.tmem.backend.Scheduler;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A scheduler of one thread, whose tasks run and whose time passes when a test says so. */
public final class ManualScheduler implements Scheduler {

  private static final class Entry implements Timer {
    final long at;
    final long order;
    final Runnable task;
    boolean cancelled;

    Entry(long at, long order, Runnable task) {
      this.at = at;
      this.order = order;
      this.task = task;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
  private final PriorityQueue<Entry> timers =
      new PriorityQueue<>(
          Comparator.<Entry>comparingLong(e -> e.at).thenComparingLong(e -> e.order));
  private long now = 1_000_000_000L;
  private long order;
  private @Nullable Random salts;

  /** Salts follow from a seed from now on, so that a run can be had again. */
  public void saltsFrom(long seed) {
    salts = new Random(seed);
  }

  @Override
  public long salt() {
    return salts == null ? Scheduler.super.salt() : salts.nextLong();
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void execute(Runnable task) {
    ready.add(task);
  }

  @Override
  public Timer schedule(long delayMillis, Runnable task) {
    Entry entry = new Entry(now + delayMillis * 1_000_000, order++, task);
    timers.add(entry);
    return entry;
  }

  /** Runs one task that is ready; false: there was none. */
  public boolean step() {
    Runnable task = ready.poll();
    if (task == null) {
      return false;
    }
    task.run();
    return true;
  }

  /** Runs what is ready, and what that makes ready; time stands still. */
  public void settle() {
    while (step()) {
      // until nothing is ready
    }
  }

  /** Lets time pass, running what is due on the way. */
  public void advance(long millis) {
    long until = now + millis * 1_000_000;
    settle();
    while (!timers.isEmpty() && timers.peek().at <= until) {
      Entry entry = timers.poll();
      now = Math.max(now, entry.at);
      if (!entry.cancelled) {
        entry.task.run();
      }
      settle();
    }
    now = until;
  }

  /** Lets time pass until something holds, for at most an hour of it. */
  public void until(BooleanSupplier condition) {
    for (int i = 0; i < 3_600_000 && !condition.getAsBoolean(); i++) {
      advance(1);
    }
    if (!condition.getAsBoolean()) {
      throw new AssertionError("it did not come about within an hour");
    }
  }
}

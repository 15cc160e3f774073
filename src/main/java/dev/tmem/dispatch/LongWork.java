package dev.tmem.dispatch;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Work of minutes that an administrator has begun: how far it is, and whether it is to stop. Work
 * that is stopped ends after the batch it is at; what was done stays done.
 *
 * <p>Thread-safe: atomics.
 */
public final class LongWork {

  private final long number;
  private final String what;
  private final long total;
  private final AtomicLong done = new AtomicLong();
  private volatile LongSupplier measured;
  private volatile Runnable whenStopped = () -> {};
  private volatile boolean stopped;

  LongWork(long number, String what, long total) {
    this.number = number;
    this.what = what;
    this.total = total;
    this.measured = done::get;
  }

  /** Never used twice in a life of the node. */
  public long number() {
    return number;
  }

  /** The command, and what it works on. */
  public String what() {
    return what;
  }

  /** Pages there were to be worked on when it began. */
  public long total() {
    return total;
  }

  /** Pages that are done. */
  public long done() {
    return measured.getAsLong();
  }

  /** What is done can be seen elsewhere, and is not told by {@link #progress}. */
  public void measuredBy(LongSupplier pages) {
    measured = pages;
  }

  /** Work that does not ask {@link #isStopped} is told. */
  public void whenStopped(Runnable told) {
    whenStopped = told;
  }

  void progress(long pages) {
    done.addAndGet(pages);
  }

  public boolean isStopped() {
    return stopped;
  }

  void stop() {
    stopped = true;
    whenStopped.run();
  }
}

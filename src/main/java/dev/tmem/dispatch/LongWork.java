package dev.tmem.dispatch;

import java.util.concurrent.atomic.AtomicLong;

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
  private volatile boolean stopped;

  LongWork(long number, String what, long total) {
    this.number = number;
    this.what = what;
    this.total = total;
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
    return done.get();
  }

  void progress(long pages) {
    done.addAndGet(pages);
  }

  public boolean isStopped() {
    return stopped;
  }

  void stop() {
    stopped = true;
  }
}

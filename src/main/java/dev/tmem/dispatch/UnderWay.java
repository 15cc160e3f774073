package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/**
 * The work that knows of copies which no slot names: stores that wait, moves, fetches. Whoever
 * takes a backend out of the chain waits for the work that may still name it.
 *
 * <p>Thread-safe: under this object's monitor.
 */
final class UnderWay {

  /** The work begun between two waits. Guarded by the monitor of its owner. */
  static final class Period {
    private int works;
    private boolean isPast;
    private final Promise<Void> over = Promise.promise();
  }

  @GuardedBy("this")
  private Period current = new Period();

  /** Completes when all work of past periods is over. */
  @GuardedBy("this")
  private Future<Void> past = Future.succeededFuture();

  /** Work begins; {@link #end} has to follow, once. */
  synchronized Period begin() {
    current.works++;
    return current;
  }

  /** Work is over: what it knew of stands in slots, or is freed. No lock is held. */
  void end(Period period) {
    boolean last;
    synchronized (this) {
      period.works--;
      last = period.works == 0 && period.isPast;
    }
    if (last) {
      period.over.complete();
    }
  }

  /** Completes when all work that has begun before the call is over. */
  Future<Void> settled() {
    Period period;
    boolean none;
    Future<Void> all;
    synchronized (this) {
      period = current;
      current = new Period();
      period.isPast = true;
      none = period.works == 0;
      past = past.compose(done -> period.over.future());
      all = past;
    }
    if (none) {
      period.over.complete();
    }
    return all;
  }
}

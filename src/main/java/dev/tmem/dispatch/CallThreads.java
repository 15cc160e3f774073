package dev.tmem.dispatch;

import dev.tmem.backend.Scheduler;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads on which calls are made to a backend that does not promise to return at once: whoever
 * wants something of it goes on, whatever the call does to its thread. So many may be held at once;
 * a backend that holds more is asked nothing until one comes back.
 *
 * <p>Thread-safe: atomic.
 */
final class CallThreads {

  /** Calls to one backend that have not returned. */
  static final int MAX_CALLS = 256;

  private static final Logger log = LoggerFactory.getLogger(CallThreads.class);

  private final Scheduler scheduler;
  private final AtomicInteger calls = new AtomicInteger();

  CallThreads(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /**
   * Makes a call on a thread of its own.
   *
   * @return false: too many have not returned, or the scheduler takes no more since the node closes
   */
  boolean run(Runnable call) {
    if (calls.incrementAndGet() > MAX_CALLS) {
      calls.decrementAndGet();
      return false;
    }
    try {
      scheduler.execute(() -> {
        try {
          call.run();
        } finally {
          calls.decrementAndGet();
        }
      });
      return true;
    } catch (RejectedExecutionException closing) {
      log.debug("a call to a backend is not made", closing);
      calls.decrementAndGet();
      return false;
    }
  }

  /** Those that have not returned. */
  int underWay() {
    return calls.get();
  }
}

package dev.tmem.dispatch;

import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/** Looks which of the dispatcher's locks are held; for tests of one thread. */
final class LocksHeld {

  private LocksHeld() {}

  /** Whether anybody holds a stripe's lock, or this thread any other lock. */
  static boolean any(Dispatcher dispatcher) {
    for (PageSpace space : dispatcher.spaces()) {
      for (Stripe stripe : space.stripes()) {
        if (!stripe.lock.tryLock()) {
          return true;
        }
        stripe.lock.unlock();
      }
    }
    return !held().isEmpty();
  }

  /** Monitors and locks of the product that this thread holds; those of stripes are not seen. */
  static List<String> held() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    ThreadInfo self =
        threads.getThreadInfo(new long[] {Thread.currentThread().threadId()}, true, true)[0];
    List<String> held = new ArrayList<>();
    for (MonitorInfo monitor : self.getLockedMonitors()) {
      if (monitor.getClassName().startsWith("dev.tmem.")) {
        held.add(monitor.getClassName());
      }
    }
    for (LockInfo lock : self.getLockedSynchronizers()) {
      held.add(lock.getClassName());
    }
    return held;
  }
}

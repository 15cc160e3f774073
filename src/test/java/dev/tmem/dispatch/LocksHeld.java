package dev.tmem.dispatch;

/** Looks which of the dispatcher's locks are held; for tests of one thread. */
final class LocksHeld {

  private LocksHeld() {}

  /** Whether anybody holds a stripe's lock, or this thread one of the monitors. */
  static boolean any(Dispatcher dispatcher) {
    for (PageSpace space : dispatcher.spaces()) {
      for (Stripe stripe : space.stripes()) {
        if (!stripe.lock.tryLock()) {
          return true;
        }
        stripe.lock.unlock();
      }
    }
    return Thread.holdsLock(dispatcher)
        || Thread.holdsLock(dispatcher.backends())
        || Thread.holdsLock(dispatcher.reclaimer())
        || Thread.holdsLock(dispatcher.underWay())
        || Thread.holdsLock(dispatcher.notifier());
  }
}

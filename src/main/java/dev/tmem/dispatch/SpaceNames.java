package dev.tmem.dispatch;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many names of page spaces are taken, by areas and caches together. Thread-safe: atomic.
 *
 * <p>A name is given back when its space begins to end, so that the next one need not wait for the
 * pages to be freed.
 */
public final class SpaceNames {

  private final AtomicInteger taken = new AtomicInteger();

  SpaceNames() {}

  /** Takes one name more; false: there are that many already. */
  public boolean tryTake(int most) {
    return taken.getAndUpdate(count -> count < most ? count + 1 : count) < most;
  }

  public void giveBack() {
    taken.decrementAndGet();
  }
}

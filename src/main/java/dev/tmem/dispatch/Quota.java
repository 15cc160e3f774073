package dev.tmem.dispatch;

import dev.tmem.RamShare;
import dev.tmem.backend.Scheduler;

/**
 * What of local RAM an area is guaranteed, and what it may have at the most: bytes of its zpages,
 * without what the allocator adds. Shares in percent go with the pool's limit.
 *
 * <p>A guarantee holds as long as another area has more than its own: {@link Quotas#scopes}. A cap
 * is a limit like the pool's, with marks of its own, for this area's pages alone.
 *
 * <p>Thread-safe: what is set is volatile and changed by {@link Quotas}; the rest is its bound's.
 */
public final class Quota {

  /**
   * What may be set. Immutable.
   *
   * @param guaranteed reclaim leaves the area that much
   * @param cap it has no more; {@link RamShare#ALL}: there is no cap
   */
  public record Shares(RamShare guaranteed, RamShare cap) {
    /** Nothing guaranteed, and no cap. */
    public static final Shares NONE = new Shares(RamShare.NONE, RamShare.ALL);
  }

  private final RamBound bound;
  private volatile Shares shares = Shares.NONE;

  Quota(Scheduler scheduler) {
    this.bound = new RamBound(scheduler);
  }

  /** What is set now. */
  public Shares shares() {
    return shares;
  }

  void set(Shares newShares) {
    shares = newShares;
  }

  boolean isCapped() {
    return !shares.cap().equals(RamShare.ALL);
  }

  boolean isSet() {
    return !shares.equals(Shares.NONE);
  }

  RamBound bound() {
    return bound;
  }

  /** Whether the area may not have one page more in RAM. */
  boolean isFull() {
    return bound.isFull();
  }

  /** Looks at the marks below the cap; the cap may have gone meanwhile. */
  void look(PageSpace space, long poolBytes, boolean hopeless) {
    lookAtCap(space, poolBytes, hopeless);
    if (!bound.isFull() && !bound.room().isEmpty()) {
      bound.room().pump();
    }
  }

  private void lookAtCap(PageSpace space, long poolBytes, boolean hopeless) {
    if (isCapped()) {
      bound.look(space.ramTally().zpageBytes(), shares.cap().of(poolBytes), 0, hopeless);
    } else {
      bound.look(0, Long.MAX_VALUE, 0, hopeless);
    }
  }
}

package dev.tmem.cleancache.shared.protocol;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * How long this node may serve under its view. It asks every member again and again; an answer
 * repeats the time, by this node's own clock, at which it asked. The lease runs from the latest
 * time for which a quorum has answered: from the question, not from the answer, which may be late.
 *
 * <p>Confined to the lock of the {@link ViewKeeper}.
 */
final class Lease {

  private final View view;
  private final long nanos;
  private final Map<UUID, Long> granted = new HashMap<>();
  private boolean held;
  private long askedAt;

  Lease(View view, Timing timing) {
    this.view = view;
    this.nanos = Timing.nanos(timing.leaseMillis());
  }

  /**
   * A member has granted what was asked for at that time.
   *
   * @return whether the lease runs longer now
   */
  boolean granted(UUID by, long asked) {
    Long known = granted.get(by);
    if (known == null || asked - known > 0) {
      granted.put(by, asked);
    }
    boolean longer = false;
    for (long stamp : granted.values()) {
      if ((!held || stamp - askedAt > 0) && view.isQuorum(grantedSince(stamp))) {
        held = true;
        askedAt = stamp;
        longer = true;
      }
    }
    return longer;
  }

  private Set<UUID> grantedSince(long stamp) {
    Set<UUID> some = new HashSet<>();
    granted.forEach((member, asked) -> {
      if (asked - stamp >= 0) {
        some.add(member);
      }
    });
    return some;
  }

  /** Whether there ever was one. */
  boolean held() {
    return held;
  }

  /** When it ends; meaningful if it is held. */
  long until() {
    return askedAt + nanos;
  }
}

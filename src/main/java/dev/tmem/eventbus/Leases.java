package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.TmemException;
import dev.tmem.frontswap.OpenArea;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The handles that clients elsewhere hold, one for a client and an area however often it opened
 * that. A handle that its client has not used for {@link #IDLE_NANOS} is let go, since nobody says
 * when a client dies; the client can go on using the area, it only no longer counts as holding it
 * open.
 *
 * <p>Confined to the context of the service.
 */
final class Leases {

  static final long IDLE_NANOS = 600_000_000_000L;

  /** Handles held; who wants more is refused. */
  static final int MAX_LEASES = 65_536;

  /** Idle handles are looked for that often at most. */
  private static final long SWEEP_NANOS = 60_000_000_000L;

  private record Key(String client, String area) {}

  private static final class Lease {
    final SwapArea handle;
    final int number;
    int opened;
    long usedNanos;

    Lease(SwapArea handle, int number) {
      this.handle = handle;
      this.number = number;
    }
  }

  private final Map<Key, Lease> leases = new HashMap<>();
  private final LongSupplier nanoTime;
  private long sweptNanos;

  Leases(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.sweptNanos = nanoTime.getAsLong();
  }

  /** Notes that a client opened an area. */
  void open(String client, OpenArea area) {
    sweep();
    Key key = new Key(client, area.name());
    Lease lease = leases.get(key);
    if (lease == null || lease.number != area.number()) {
      if (leases.size() >= MAX_LEASES) {
        throw new TmemException(
            ErrorCode.OVERLOADED,
            "area " + area.name() + " was not opened: " + MAX_LEASES + " handles are held");
      }
      lease = new Lease(area.attach(), area.number());
      let(leases.put(key, lease));
    }
    lease.opened++;
    lease.usedNanos = nanoTime.getAsLong();
  }

  private static void let(@Nullable Lease lease) {
    if (lease != null) {
      lease.handle.close();
    }
  }

  private void sweep() {
    long now = nanoTime.getAsLong();
    if (now - sweptNanos < SWEEP_NANOS) {
      return;
    }
    sweptNanos = now;
    leases
        .values()
        .removeIf(lease -> {
          boolean idle = now - lease.usedNanos > IDLE_NANOS;
          if (idle) {
            let(lease);
          }
          return idle;
        });
  }

  /** The handle through which a request works: of the area itself for those who hold none. */
  SwapArea handle(@Nullable String client, OpenArea area) {
    Lease lease = client == null ? null : leases.get(new Key(client, area.name()));
    if (lease == null || lease.number != area.number()) {
      return area.peek();
    }
    lease.usedNanos = nanoTime.getAsLong();
    return lease.handle;
  }

  /**
   * Lets go of an area as often as it was opened.
   *
   * @param number of the area that is meant; null: whichever it is
   */
  void close(String client, String area, @Nullable Long number) {
    Key key = new Key(client, area);
    Lease lease = leases.get(key);
    if (lease == null || (number != null && number != lease.number)) {
      return;
    }
    if (--lease.opened == 0) {
      leases.remove(key);
      let(lease);
    }
  }

  void closeAll() {
    leases.values().forEach(Leases::let);
    leases.clear();
  }

  /** Handles held. */
  int size() {
    return leases.size();
  }
}

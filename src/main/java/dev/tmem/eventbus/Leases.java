package dev.tmem.eventbus;

import dev.tmem.SwapArea;
import dev.tmem.frontswap.OpenArea;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The handles that clients elsewhere hold. A handle that its client has not used for {@link
 * #IDLE_NANOS} is let go, since nobody says when a client dies; the client can go on using the
 * area, it only no longer counts as holding it open.
 *
 * <p>Confined to the context of the service.
 */
final class Leases {

  static final long IDLE_NANOS = 600_000_000_000L;

  private record Key(String client, String area) {}

  private static final class Lease {
    final SwapArea handle;
    final int number;
    long usedNanos = System.nanoTime();

    Lease(SwapArea handle, int number) {
      this.handle = handle;
      this.number = number;
    }
  }

  private final Map<Key, Lease> leases = new HashMap<>();

  /** What those use who hold nothing: by the number of the area, so that it ends with it. */
  private final Map<String, Lease> shared = new HashMap<>();

  void open(String client, OpenArea area) {
    long now = System.nanoTime();
    leases
        .values()
        .removeIf(lease -> {
          boolean idle = now - lease.usedNanos > IDLE_NANOS;
          if (idle) {
            lease.handle.close();
          }
          return idle;
        });
    handleOf(client, area);
  }

  private Lease handleOf(String client, OpenArea area) {
    Key key = new Key(client, area.name());
    Lease lease = leases.get(key);
    if (lease == null || lease.number != area.number()) {
      lease = new Lease(area.attach(), area.number());
      leases.put(key, lease);
    }
    lease.usedNanos = System.nanoTime();
    return lease;
  }

  /** The handle through which a request works. */
  SwapArea handle(@Nullable String client, OpenArea area) {
    Lease lease = client == null ? null : leases.get(new Key(client, area.name()));
    if (lease == null || lease.number != area.number()) {
      lease = shared.get(area.name());
    }
    if (lease == null || lease.number != area.number()) {
      lease = new Lease(area.peek(), area.number());
      shared.put(area.name(), lease);
    }
    lease.usedNanos = System.nanoTime();
    return lease.handle;
  }

  void close(String client, String area) {
    Lease lease = leases.remove(new Key(client, area));
    if (lease != null) {
      lease.handle.close();
    }
  }

  void closeAll() {
    leases.values().forEach(lease -> lease.handle.close());
    leases.clear();
    shared.clear();
  }
}

package dev.tmem.eventbus;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The handles that clients elsewhere hold, of areas or of caches: one for a client and an area
 * however often it opened that. A handle that its client has not used for {@link #IDLE_NANOS} is
 * let go, since nobody says when a client dies; the client can go on using the area, it only no
 * longer counts as holding it open.
 *
 * <p>Confined to the context of the service.
 */
final class Leases<H> {

  static final long IDLE_NANOS = 600_000_000_000L;

  /** Handles held; who wants more is refused. */
  static final int MAX_LEASES = 65_536;

  /** Idle handles are looked for that often at most. */
  private static final long SWEEP_NANOS = 60_000_000_000L;

  private record Key(String client, String area) {}

  private static final class Lease<H> {
    final H handle;
    final int number;
    int opened;
    long usedNanos;

    Lease(H handle, int number) {
      this.handle = handle;
      this.number = number;
    }
  }

  private final Map<Key, Lease<H>> leases = new HashMap<>();
  private final LongSupplier nanoTime;
  private final Function<? super H, Future<Void>> letGo;
  private long sweptNanos;

  /**
   * @param letGo closes a handle
   */
  Leases(LongSupplier nanoTime, Function<? super H, Future<Void>> letGo) {
    this.nanoTime = nanoTime;
    this.letGo = letGo;
    this.sweptNanos = nanoTime.getAsLong();
  }

  /**
   * Notes that a client opened an area.
   *
   * @param attach makes a handle that counts as holding it open
   */
  void open(String client, String area, int number, Supplier<H> attach) {
    sweep();
    Key key = new Key(client, area);
    Lease<H> lease = leases.get(key);
    if (lease == null || lease.number != number) {
      if (leases.size() >= MAX_LEASES) {
        throw new TmemException(
            ErrorCode.OVERLOADED, area + " was not opened: " + MAX_LEASES + " handles are held");
      }
      lease = new Lease<>(attach.get(), number);
      let(leases.put(key, lease));
    }
    lease.opened++;
    lease.usedNanos = nanoTime.getAsLong();
  }

  private Future<Void> let(@Nullable Lease<H> lease) {
    return lease == null ? Future.succeededFuture() : letGo.apply(lease.handle);
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

  /**
   * The handle through which a request works: the client's, or one that does not count.
   *
   * @param peek makes such a one
   */
  H handle(@Nullable String client, String area, int number, Supplier<H> peek) {
    Lease<H> lease = client == null ? null : leases.get(new Key(client, area));
    if (lease == null || lease.number != number) {
      return peek.get();
    }
    lease.usedNanos = nanoTime.getAsLong();
    return lease.handle;
  }

  /**
   * Lets go of an area as often as it was opened.
   *
   * @param number of the area that is meant; null: whichever it is
   * @return completes when what ends with the handle has ended
   */
  Future<Void> close(String client, String area, @Nullable Long number) {
    Key key = new Key(client, area);
    Lease<H> lease = leases.get(key);
    if (lease == null || (number != null && number != lease.number)) {
      return Future.succeededFuture();
    }
    if (--lease.opened > 0) {
      return Future.succeededFuture();
    }
    leases.remove(key);
    return let(lease);
  }

  void closeAll() {
    leases.values().forEach(this::let);
    leases.clear();
  }

  /** Handles held. */
  int size() {
    return leases.size();
  }
}

package dev.tmem.ramster.channel;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who was invited and has not come yet. Each invitation is good once and for a while; when there
 * are too many the oldest go. Confined to one event loop.
 */
final class Guests {

  /** How long an invitation is good, in nanoseconds. */
  static final long GOOD_NANOS = 10_000_000_000L;

  /** Invitations that are good at a time. */
  static final int MAX = 1_024;

  private record Guest(String address, UUID awaited, long untilNanos) {}

  private final SecureRandom random = new SecureRandom();
  private final Map<UUID, Guest> expected = new LinkedHashMap<>();

  /** Invites a peer to connect to that host and port. */
  Invitation invite(String address, String host, int port, long nowNanos) {
    expected.values().removeIf(guest -> nowNanos - guest.untilNanos() >= 0);
    if (expected.size() >= MAX) {
      expected.remove(expected.keySet().iterator().next());
    }
    Invitation invitation = new Invitation(host, port, secret(), secret());
    expected.put(
        invitation.shown(), new Guest(address, invitation.awaited(), nowNanos + GOOD_NANOS));
    return invitation;
  }

  private UUID secret() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  /** Who it is that shows a secret, and what to answer; null: nobody who may come in. */
  @Nullable Welcome welcome(UUID shown, long nowNanos) {
    Guest guest = expected.remove(shown);
    return guest == null || nowNanos - guest.untilNanos() >= 0
        ? null
        : new Welcome(guest.address(), guest.awaited());
  }

  /**
   * Immutable.
   *
   * @param address of the peer on the event bus
   * @param answer the secret that it waits for
   */
  record Welcome(String address, UUID answer) {}
}

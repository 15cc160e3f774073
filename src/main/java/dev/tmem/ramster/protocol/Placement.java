package dev.tmem.ramster.protocol;

import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the lender of a batch: of those with room for it, the roomier of two drawn at random, so
 * that the choices of many borrowers with the same old news do not all fall on one lender. Confined
 * to the lock of the {@link PeerNode}.
 *
 * <p>Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001.
 */
final class Placement {

  /** Most bytes of puts that one lender has not answered. */
  static final long LENDER_IN_FLIGHT_MAX = 4L << 20;

  /** Most bytes of puts that all lenders together have not answered. */
  static final long IN_FLIGHT_MAX = 16L << 20;

  private final Peers peers;
  private final Lenders lenders;
  private final RandomGenerator random;

  Placement(Peers peers, Lenders lenders, RandomGenerator random) {
    this.peers = peers;
    this.lenders = lenders;
    this.random = random;
  }

  /**
   * @param avoid indexes of lenders that are not to be taken
   * @param apart whom the pages lie with already: nobody of the same rack is taken; null: nobody
   * @return null: nobody has room for it now
   */
  @Nullable Lent choose(BitSet avoid, @Nullable Peer apart, long bytes) {
    long inFlight = lenders.all().stream().mapToLong(lent -> lent.bytesInFlight).sum();
    if (inFlight + bytes > IN_FLIGHT_MAX) {
      return null;
    }
    List<Peer> fit =
        peers.alive().stream().filter(peer -> fits(peer, avoid, apart, bytes)).toList();
    if (fit.isEmpty()) {
      return null;
    }
    Peer one = fit.get(random.nextInt(fit.size()));
    Peer other = fit.get(random.nextInt(fit.size()));
    return lenders.use(one.spareBytes >= other.spareBytes ? one : other);
  }

  private boolean fits(Peer peer, BitSet avoid, @Nullable Peer apart, long bytes) {
    if (!peer.lends() || peer.spareBytes < bytes || (apart != null && peer.sharesRackWith(apart))) {
      return false;
    }
    Lent lent = lenders.find(peer);
    return lent == null
        || (!avoid.get(lent.index()) && lent.bytesInFlight + bytes <= LENDER_IN_FLIGHT_MAX);
  }
}

package dev.tmem.ramster.protocol;

import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the lender of a batch: of those with room for it, the roomier of two drawn at random, so
 * that the choices of many borrowers with the same old news do not all fall on one lender. One that
 * has not answered a put for {@link #LAGGING_MILLIS} is left alone until it does. Confined to the
 * lock of the {@link PeerNode}.
 *
 * <p>Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001.
 */
final class Placement {

  /** A lender that leaves a put unanswered for so long gets no more of them. */
  static final int LAGGING_MILLIS = 500;

  private final Peers peers;
  private final Lenders lenders;
  private final Flight flight;
  private final RandomGenerator random;

  Placement(Peers peers, Lenders lenders, Flight flight, RandomGenerator random) {
    this.peers = peers;
    this.lenders = lenders;
    this.flight = flight;
    this.random = random;
  }

  /**
   * @return null: nobody has room for it now
   */
  @Nullable Lent choose(PutBatch batch, long now) {
    if (inFlight() + batch.bytes() > flight.allBytes()) {
      return null;
    }
    List<Peer> fit =
        peers.alive().stream()
            .filter(peer -> hasRoom(peer, batch, now) && !isBusy(peer, batch))
            .toList();
    if (fit.isEmpty()) {
      return null;
    }
    Peer one = fit.get(random.nextInt(fit.size()));
    Peer other = fit.get(random.nextInt(fit.size()));
    return lenders.use(one.spareBytes >= other.spareBytes ? one : other);
  }

  /** Whether somebody has room, and only too much on its way to it. */
  boolean isBusy(PutBatch batch, long now) {
    boolean all = inFlight() + batch.bytes() > flight.allBytes();
    return peers.alive().stream()
        .anyMatch(peer -> hasRoom(peer, batch, now) && (all || isBusy(peer, batch)));
  }

  private long inFlight() {
    return lenders.all().stream().mapToLong(lent -> lent.bytesInFlight).sum();
  }

  private boolean hasRoom(Peer peer, PutBatch batch, long now) {
    if (!peer.lends()
        || peer.spareBytes < batch.bytes()
        || (batch.apart != null && peer.sharesRackWith(batch.apart))) {
      return false;
    }
    Lent lent = lenders.find(peer);
    return lent == null
        || (!batch.avoid.get(lent.index())
            && lent.unansweredFor(now) < Timing.nanos(LAGGING_MILLIS));
  }

  private boolean isBusy(Peer peer, PutBatch batch) {
    Lent lent = lenders.find(peer);
    return lent != null && lent.bytesInFlight + batch.bytes() > flight.lenderBytes();
  }
}

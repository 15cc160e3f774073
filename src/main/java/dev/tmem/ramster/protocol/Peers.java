package dev.tmem.ramster.protocol;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who else is there: tells the others of this node, listens to what they tell, and gives up those
 * that are not heard. Membership of the cluster is a hint that speeds this up, never the truth.
 *
 * <p>That an incarnation has ended is concluded from two things only: its own goodbye, and a gossip
 * of its name that began later by the wall clock of that machine. A clock that was set back between
 * two lives delays the verdict: the old incarnation stays doubtful.
 *
 * <p>Confined to the lock of the {@link PeerNode}.
 */
final class Peers {

  /**
   * Most incarnations known at a time, the ended ones included; beyond it newcomers are ignored.
   */
  static final int PEERS_MAX = 4_096;

  private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

  private final Self self;
  private final Timing timing;
  private final LongSupplier spareBytes;
  private final Reserve reserve;

  /** What is set aside for each. */
  private final long peerBytes;

  private final PeerListener listener;
  private final Map<UUID, Peer> known = new LinkedHashMap<>();

  private long sequence;
  private boolean leaving;
  private long nextGossip;
  private long lastTick;

  Peers(
      Self self,
      Timing timing,
      LongSupplier spareBytes,
      Reserve reserve,
      long peerBytes,
      PeerListener listener,
      long now) {
    this.self = self;
    this.timing = timing;
    this.spareBytes = spareBytes;
    this.reserve = reserve;
    this.peerBytes = peerBytes;
    this.listener = listener;
    this.nextGossip = now;
    this.lastTick = now;
  }

  @Nullable Peer find(UUID incarnation) {
    return known.get(incarnation);
  }

  Collection<Peer> all() {
    return known.values();
  }

  List<Peer> alive() {
    return known.values().stream().filter(Peer::alive).toList();
  }

  /** From now on this node says that it is about to stop, and has nothing to lend. */
  void leave(Outbox out) {
    leaving = true;
    out.broadcast(gossip());
  }

  /** It does not stop after all. */
  void stay(Outbox out) {
    leaving = false;
    out.broadcast(gossip());
  }

  Envelope gossip() {
    sequence++;
    long spare = leaving ? 0 : spareBytes.getAsLong();
    return new Envelope(
        self.incarnation(),
        Envelope.ANYONE,
        0,
        0,
        new Message.Gossip(
            self.name(),
            sequence,
            self.startedMillis(),
            spare,
            leaving,
            self.nodeId(),
            self.address(),
            self.rack()));
  }

  void heard(UUID from, Message.Gossip gossip, long now, Outbox out) {
    Peer peer = known.get(from);
    if (peer == null) {
      meet(from, gossip, now, out);
      return;
    }
    if (peer.state == Peer.State.DEAD || gossip.sequence() <= peer.sequence) {
      return;
    }
    peer.take(gossip, now);
    setAside(peer);
    if (peer.state == Peer.State.DOUBTFUL && now - peer.backNanos >= 0) {
      peer.state = Peer.State.ALIVE;
      LOG.info("peer {} is heard again", peer);
      listener.back(peer, now, out);
    }
  }

  private void meet(UUID from, Message.Gossip gossip, long now, Outbox out) {
    if (from.equals(self.incarnation())
        || gossip.name().equals(self.name())
        || overtaken(gossip)
        || !roomForOneMore()) {
      return;
    }
    Peer peer = new Peer(from, gossip, now);
    known.put(from, peer);
    LOG.info("peer {} found", peer);
    buryEarlier(peer, now, out);
    setAside(peer);
    if (!peer.reserved) {
      LOG.warn("there is no memory for what goes to and from peer {} yet", peer.name());
    }
    listener.met(peer, out);
    out.send(peer.address(), gossip());
  }

  /** Takes a peer into use, if there is memory for that. */
  private void setAside(Peer peer) {
    peer.reserved = peer.reserved || reserve.take(peerBytes);
  }

  private void giveBack(Peer peer) {
    if (peer.reserved) {
      peer.reserved = false;
      reserve.give(peerBytes);
    }
  }

  /** Nobody is used any more. */
  void close() {
    known.values().forEach(this::giveBack);
  }

  /** Whether a later incarnation of that name is alive: then this gossip is a late one. */
  private boolean overtaken(Message.Gossip gossip) {
    return known.values().stream()
        .anyMatch(peer ->
            peer.alive()
                && peer.name().equals(gossip.name())
                && peer.startedMillis() > gossip.startedMillis());
  }

  private void buryEarlier(Peer newcomer, long now, Outbox out) {
    for (Peer peer : List.copyOf(known.values())) {
      if (peer.name().equals(newcomer.name())
          && peer.startedMillis() < newcomer.startedMillis()
          && peer.state != Peer.State.OTHER_VERSION) {
        bury(peer, "peer " + peer.name() + " was restarted", now, out);
      }
    }
  }

  /** Takes note that an incarnation has ended. */
  void bury(Peer peer, String reason, long now, Outbox out) {
    if (peer.state == Peer.State.DEAD) {
      return;
    }
    peer.state = Peer.State.DEAD;
    giveBack(peer);
    LOG.info("{} (incarnation {})", reason, peer.incarnation());
    listener.dead(peer, reason, now, out);
  }

  private boolean roomForOneMore() {
    if (known.size() < PEERS_MAX) {
      return true;
    }
    Iterator<Peer> oldestFirst = known.values().iterator();
    while (oldestFirst.hasNext()) {
      Peer peer = oldestFirst.next();
      if (!peer.alive() && listener.forgettable(peer)) {
        giveBack(peer);
        oldestFirst.remove();
        return true;
      }
    }
    LOG.warn("{} peers are known, which is the limit: a newcomer is ignored", PEERS_MAX);
    return false;
  }

  /** A node that cannot be spoken with; said once for each of its incarnations. */
  void refuse(OtherVersionException refused, long now) {
    Peer peer = known.get(refused.from());
    if (peer != null) {
      peer.heardNanos = now;
      return;
    }
    LOG.warn("peer refused: {}", refused.getMessage());
    if (roomForOneMore()) {
      known.put(refused.from(), new Peer(refused, now));
    }
  }

  /** The cluster manager says that a node has left. */
  void left(String nodeId, long now, Outbox out) {
    for (Peer peer : alive()) {
      if (peer.nodeId().equals(nodeId)) {
        // what it sent before it left may still be on its way
        peer.backNanos = now + Timing.nanos(timing.gossipMillis());
        doubt(peer, "peer " + peer.name() + " left the cluster", now, out);
      }
    }
  }

  void tick(long now, Outbox out) {
    long timeout = Timing.nanos(timing.peerTimeoutMillis());
    long pause = now - lastTick;
    lastTick = now;
    if (pause > timeout / 2) {
      // it was this process that stood still: the others get their time anew
      known.values().forEach(peer -> peer.excuse(pause));
    }
    if (now - nextGossip >= 0) {
      out.broadcast(gossip());
      nextGossip = now + Timing.nanos(timing.gossipMillis());
    }
    for (Peer peer : alive()) {
      if (now - peer.heardNanos > timeout) {
        String reason =
            "peer " + peer.name() + " has not been heard for " + timing.peerTimeoutMillis() + " ms";
        doubt(peer, reason, now, out);
      }
    }
  }

  private void doubt(Peer peer, String reason, long now, Outbox out) {
    peer.state = Peer.State.DOUBTFUL;
    LOG.warn("{} (incarnation {})", reason, peer.incarnation());
    listener.doubtful(peer, reason, now, out);
  }

  /** When {@link #tick} is wanted next. */
  long due() {
    long due = nextGossip;
    for (Peer peer : known.values()) {
      if (!peer.alive()) {
        continue;
      }
      long silent = peer.heardNanos + Timing.nanos(timing.peerTimeoutMillis()) + 1;
      due = silent - due < 0 ? silent : due;
    }
    return due;
  }
}

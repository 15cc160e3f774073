package dev.tmem.ramster.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Every lender this incarnation has lent to, by the index that stands in handles. An index is never
 * given again, so at most {@link HandleLayout#LENDER_MAX} + 1 incarnations of peers can be used by
 * one incarnation of this node. Confined to the lock of the {@link PeerNode}.
 */
final class Lenders {

  private final List<Lent> byIndex = new ArrayList<>();
  private final Map<UUID, Lent> byIncarnation = new HashMap<>();
  private long nextTicket = 1;

  @Nullable Lent find(Peer peer) {
    return byIncarnation.get(peer.incarnation());
  }

  @Nullable Lent at(int index) {
    return index < byIndex.size() ? byIndex.get(index) : null;
  }

  /** The entry of a peer that is to be lent to; null: the indexes are used up. */
  @Nullable Lent use(Peer peer) {
    Lent lent = byIncarnation.get(peer.incarnation());
    if (lent == null && byIndex.size() <= HandleLayout.LENDER_MAX) {
      lent = new Lent(byIndex.size(), peer);
      byIndex.add(lent);
      byIncarnation.put(peer.incarnation(), lent);
    }
    return lent;
  }

  List<Lent> all() {
    return byIndex;
  }

  /** Draws so many consecutive tickets and returns the first; -1: they are used up. */
  long draw(int tickets) {
    if (nextTicket > HandleLayout.TICKET_MAX - tickets) {
      return -1;
    }
    long first = nextTicket;
    nextTicket += tickets;
    return first;
  }

  long floor(Lent lent) {
    return lent.floor(nextTicket);
  }
}

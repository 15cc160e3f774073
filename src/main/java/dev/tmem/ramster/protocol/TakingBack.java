package dev.tmem.ramster.protocol;

import dev.tmem.backend.PageRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * The owner's answer to a lender that wants to be rid of some pages: they are moved to wherever
 * there is room, and freed at the lender when their slots name the new place. Confined to the lock
 * of the {@link PeerNode}, except what the host does.
 */
final class TakingBack {

  private final UUID self;
  private final HostCalls host;

  TakingBack(UUID self, HostCalls host) {
    this.self = self;
    this.host = host;
  }

  /** One request of a lender at a time; what comes meanwhile goes unanswered, it asks again. */
  void asked(Lent lent, Peer from, long request, List<Ticket> tickets, Outbox out) {
    if (!lent.takingBack.compareAndSet(false, true)) {
      return;
    }
    List<Verdict> verdicts = new ArrayList<>(Collections.nCopies(tickets.size(), Verdict.NO_ROOM));
    List<Integer> settled = new ArrayList<>(tickets.size());
    for (int i = 0; i < tickets.size(); i++) {
      if (!lent.isOpen(tickets.get(i).number())) {
        settled.add(i);
      }
    }
    host.takeBack(
        settled.stream().map(i -> ref(lent, tickets.get(i))).toList(),
        found -> {
          for (int i = 0; i < found.size(); i++) {
            verdicts.set(settled.get(i), found.get(i));
          }
          lent.takingBack.set(false);
          reply(from, request, verdicts, out);
        },
        out);
  }

  private static PageRef ref(Lent lent, Ticket ticket) {
    long handle = HandleLayout.pack(lent.index(), ticket.number());
    return new PageRef(ticket.key(), ticket.epoch(), handle);
  }

  void reply(Peer to, long request, List<Verdict> verdicts, Outbox out) {
    out.send(
        to.address(),
        new Envelope(self, to.incarnation(), request, 0, new Message.HandBackReply(verdicts)));
  }
}

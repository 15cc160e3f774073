package dev.tmem.ramster.protocol;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The owner's side of lent pages: sends them away, brings them back, frees them, and tells the
 * dispatcher what becomes of those who keep them. Confined to the lock of the {@link PeerNode}.
 */
final class Borrower {

  /** A peer that is silent for so many gossips is not counted on, though not given up yet. */
  private static final int LATE_GOSSIPS = 3;

  private final UUID self;
  private final Timing timing;
  private final HostCalls host;
  private final Lenders lenders = new Lenders();
  private final Calls calls;
  private final Frees frees;
  private final Puts puts;
  private final Gets gets;
  private final TakingBack takingBack;
  private final Holds holds;

  /** When to look for lenders that stay away though others are back; null: not at all. */
  private @Nullable Long lookNanos;

  Borrower(
      UUID self,
      Timing timing,
      Flight flight,
      Peers peers,
      HostCalls host,
      SpaceFacts spaces,
      RandomGenerator random,
      Counts counts) {
    this.self = self;
    this.timing = timing;
    this.host = host;
    this.calls = new Calls(self, timing, counts);
    this.frees = new Frees(lenders, calls, timing, counts);
    Placement placement = new Placement(peers, lenders, flight, random);
    this.puts = new Puts(lenders, placement, calls, frees, spaces, flight, counts);
    this.gets = new Gets(lenders, calls, spaces, flight, counts);
    this.holds = new Holds(lenders, calls);
    this.takingBack = new TakingBack(self, host);
  }

  void put(
      List<Zpage> pages, long @Nullable [] apart, Consumer<long[]> result, long now, Outbox out) {
    puts.put(pages, apart, result, now, out);
  }

  void get(List<PageRef> refs, Consumer<List<Fetched>> result, long now, Outbox out) {
    gets.get(refs, result, now, out);
  }

  void free(List<PageRef> refs, long now, Outbox out) {
    for (PageRef ref : refs) {
      Lent lent = lenders.at(HandleLayout.lender(ref.handle()));
      if (lent != null && lent.peer().state != Peer.State.DEAD) {
        lent.pages--;
        Ticket ticket = new Ticket(HandleLayout.ticket(ref.handle()), ref.key(), ref.epoch());
        frees.add(lent, ticket, now, out);
      }
    }
  }

  void holds(List<PageRef> refs, Consumer<List<PageRef>> missing, long now, Outbox out) {
    holds.ask(refs, missing, now, out);
  }

  void holdsAnswered(Peer from, long request, Message.HoldsReply reply, Outbox out) {
    holds.answered(from, request, reply, out);
  }

  void putAnswered(Peer from, long request, Message.PutReply reply, long now, Outbox out) {
    puts.answered(from, request, reply, now, out);
  }

  void getAnswered(Peer from, long request, Message.GetReply reply, long now, Outbox out) {
    gets.answered(from, request, reply, now, out);
  }

  void freeAnswered(Peer from, long request, Message.FreeReply reply, long now, Outbox out) {
    frees.answered(from, request, reply, now, out);
  }

  /**
   * A lender asks which of its pages are in use. A put whose outcome is open is; for the others the
   * dispatcher knows, and is asked after the lock.
   */
  void swept(Peer from, long request, Message.Sweep sweep, Outbox out) {
    Lent lent = lenders.find(from);
    List<Boolean> open = new ArrayList<>(sweep.tickets().size());
    for (Ticket ticket : sweep.tickets()) {
      open.add(lent != null && isOpen(lent, ticket.number()));
    }
    out.sendAfter(
        from.address(),
        () -> {
          List<Verdict> verdicts = new ArrayList<>(open.size());
          for (int i = 0; i < open.size(); i++) {
            boolean alive = open.get(i) || (lent != null && named(lent, sweep.tickets().get(i)));
            verdicts.add(alive ? Verdict.DONE : Verdict.UNKNOWN);
          }
          return new Envelope(
              self, from.incarnation(), request, 0, new Message.SweepReply(verdicts));
        });
  }

  /** Whether a ticket may be of a copy that the dispatcher does not know yet. */
  private boolean isOpen(Lent lent, long ticket) {
    return lent.isOpen(ticket) || puts.isUntold(HandleLayout.pack(lent.index(), ticket));
  }

  private boolean named(Lent lent, Ticket ticket) {
    long handle = HandleLayout.pack(lent.index(), ticket.number());
    return host.names(new PageRef(ticket.key(), ticket.epoch(), handle));
  }

  /** A lender wants some pages to be taken elsewhere; it has no room for others either. */
  void handedBack(Peer from, long request, Message.HandBack handBack, Outbox out) {
    from.spareBytes = 0;
    Lent lent = lenders.find(from);
    if (lent != null) {
      takingBack.asked(lent, from, request, handBack.tickets(), out);
    } else {
      List<Verdict> none = Collections.nCopies(handBack.tickets().size(), Verdict.UNKNOWN);
      takingBack.reply(from, request, none, out);
    }
  }

  /** A lender is about to stop, and wants its foreign pages taken away. */
  void lenderLeaves(Peer peer, Outbox out) {
    peer.leaving = true;
    Lent lent = lenders.find(peer);
    if (lent != null) {
      host.evacuate(lent, out);
    }
  }

  /** Nothing that was asked of a lender is waited for; it may be asked again at once. */
  void giveUpCalls(Peer peer, String reason, long now, Outbox out) {
    Lent lent = lenders.find(peer);
    if (lent != null) {
      calls.giveUpAll(lent, reason, now, out);
      frees.flush(lent, now, out);
    }
  }

  void doubtful(Peer peer, String reason, long now, Outbox out) {
    Lent lent = lenders.find(peer);
    if (lent != null) {
      gets.giveUpWaiting(lent, reason, out);
      calls.giveUpAll(lent, reason, now, out);
      host.doubtful(unheard(now), reason, out);
    }
  }

  /** There is one more who may lend. */
  void met(Outbox out) {
    host.roomFound(out);
  }

  /**
   * Passes copies at lenders that cannot be heard, or not of late: if it is this node that is cut
   * off, they are lost to it one after the other, and a copy at the first is not to be given up for
   * one at the next. A lender that is heard again before a copy is looked at keeps it.
   */
  private LongPredicate unheard(long now) {
    Map<Integer, BooleanSupplier> unheard = new HashMap<>();
    for (Lent lent : lenders.all()) {
      Peer peer = lent.peer();
      if (!peer.alive() || now - peer.heardNanos > late()) {
        long since = peer.heardNanos;
        unheard.put(lent.index(), () -> peer.isSilentSince(since));
      }
    }
    return handle -> {
      BooleanSupplier still = unheard.get(HandleLayout.lender(handle));
      return still != null && still.getAsBoolean();
    };
  }

  private long late() {
    return Timing.nanos(LATE_GOSSIPS * timing.gossipMillis());
  }

  /** What was freed while the lender was away is now told. */
  void back(Peer peer, long now, Outbox out) {
    Lent lent = lenders.find(peer);
    if (lent != null) {
      frees.flush(lent, now, out);
    }
    // Copies of others may have been spared, since this one could not be heard either. After a
    // partition all come back at about the same time, so whoever does not is given a moment.
    lookNanos = now + late();
    host.roomFound(out);
  }

  private void look(long now, Outbox out) {
    if (lookNanos != null && now - lookNanos >= 0) {
      lookNanos = null;
      if (lenders.all().stream().anyMatch(other -> other.peer().state == Peer.State.DOUBTFUL)) {
        host.doubtful(unheard(now), "another lender is back", out);
      }
    }
  }

  void dead(Peer peer, String reason, long now, Outbox out) {
    Lent lent = lenders.find(peer);
    if (lent != null) {
      gets.giveUpWaiting(lent, reason, out);
      calls.giveUpAll(lent, reason, now, out);
      lent.frees.clear();
      host.gone(lent, lent.pages, reason, out);
      lent.pages = 0;
    }
  }

  void close(long now, Outbox out) {
    puts.close(now, out);
    for (Lent lent : lenders.all()) {
      gets.giveUpWaiting(lent, "this node has left its peers", out);
      calls.giveUpAll(lent, "this node has left its peers", now, out);
    }
  }

  void flushFrees(long now, Outbox out) {
    frees.flushAll(now, out);
  }

  void tick(long now, Outbox out) {
    calls.tick(now, out);
    puts.tick(now, out);
    frees.tick(now, out);
    look(now, out);
  }

  long due(long other) {
    long due = puts.due(frees.due(calls.due(other)));
    return lookNanos != null && lookNanos - due < 0 ? lookNanos : due;
  }

  long pagesAt(Peer peer) {
    Lent lent = lenders.find(peer);
    return lent == null ? 0 : lent.pages;
  }

  /** Copies at lenders that cannot be heard, and of those that ended a moment ago. */
  long pagesAway() {
    return host.striking()
        + lenders.all().stream()
            .filter(lent -> lent.peer().state == Peer.State.DOUBTFUL)
            .mapToLong(lent -> lent.pages)
            .sum();
  }

  Peer lenderOf(long handle) {
    return Objects.requireNonNull(lenders.at(HandleLayout.lender(handle))).peer();
  }

  boolean uses(Peer peer) {
    return lenders.find(peer) != null;
  }

  long freesPending() {
    return frees.pending();
  }

  /** Bytes of all lent pages, estimated. */
  long bytesLent() {
    return lenders.all().stream().mapToLong(Lent::bytes).sum();
  }

  void checkInvariants() {
    lenders.all().forEach(Lent::checkInvariants);
    puts.checkInvariants();
  }
}

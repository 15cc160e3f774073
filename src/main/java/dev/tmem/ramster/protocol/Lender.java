package dev.tmem.ramster.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keeper's side of lent pages. It never gives up a persistent page by itself, except when its
 * owner has ended or was silent beyond the grace; what it wants to be rid of it asks its owner to
 * take elsewhere. Confined to the lock of the {@link PeerNode}.
 */
final class Lender {

  private static final Logger LOG = LoggerFactory.getLogger(Lender.class);

  private final UUID self;
  private final Timing timing;
  private final ForeignStore store;
  private final Counts counts;
  private final Sweeper sweeper;
  private final HandingBack handingBack;
  private final Map<UUID, ForeignBorrower> borrowers = new LinkedHashMap<>();

  private boolean leaving;
  private long leaveDeadline;
  private long nextGoodbye;
  private @Nullable LongConsumer left;

  Lender(UUID self, Timing timing, ForeignStore store, Counts counts, long now) {
    this.self = self;
    this.timing = timing;
    this.store = store;
    this.counts = counts;
    this.sweeper = new Sweeper(self, timing, counts);
    this.handingBack = new HandingBack(self, timing, store, counts, now);
  }

  void put(Peer from, long request, Message.Put put, long now, Outbox out) {
    ForeignBorrower borrower = borrower(from, now);
    List<Verdict> verdicts = borrower.refusal(request);
    if (verdicts == null) {
      verdicts = keep(borrower, put);
      if (verdicts.stream().anyMatch(verdict -> verdict != Verdict.DONE)) {
        borrower.remember(request, verdicts);
      }
    }
    long spare = leaving ? 0 : store.spareBytes();
    reply(from, request, new Message.PutReply(spare, verdicts), out);
  }

  private List<Verdict> keep(ForeignBorrower borrower, Message.Put put) {
    long floor = borrower.raiseFloor(put.floor());
    List<Verdict> verdicts = new ArrayList<>(put.entries().size());
    store.expect();
    for (Message.PutEntry entry : put.entries()) {
      Verdict verdict = leaving ? Verdict.NO_ROOM : keep(borrower.table(), entry, floor);
      if (verdict == Verdict.DAMAGED) {
        counts.one(Count.FOREIGN_PAGES_DAMAGED);
      }
      if (verdict != Verdict.DONE) {
        counts.one(Count.FOREIGN_PAGES_REFUSED);
      }
      verdicts.add(verdict);
    }
    return verdicts;
  }

  private static Verdict keep(ForeignTable table, Message.PutEntry entry, long floor) {
    return switch (entry) {
      case FramedPage page -> table.put(page, floor);
      case Message.LeavingPage page ->
          throw new IllegalArgumentException("a put that came in no frame");
    };
  }

  /** Answers in as many frames as the pages need. */
  void get(Peer from, long request, Message.Get get, long now, Outbox out) {
    ForeignBorrower borrower = borrower(from, now);
    borrower.raiseFloor(get.floor());
    List<Message.GetEntry> entries = new ArrayList<>();
    int first = 0;
    int bytes = 0;
    for (Ticket ticket : get.tickets()) {
      Message.GetEntry entry = borrower.table().get(ticket);
      int more = entry.zpage() == null ? 1 : WireLayout.GET_ENTRY_BYTES + entry.zpage().length();
      if (!entries.isEmpty() && bytes + more > WireLayout.BODY_BYTES_AIM) {
        reply(from, request, new Message.GetReply(first, entries), out);
        first += entries.size();
        entries = new ArrayList<>();
        bytes = 0;
      }
      entries.add(entry);
      bytes += more;
    }
    reply(from, request, new Message.GetReply(first, entries), out);
  }

  void free(Peer from, long request, Message.Free free, long now, Outbox out) {
    ForeignBorrower borrower = borrower(from, now);
    borrower.raiseFloor(free.floor());
    List<Verdict> verdicts = new ArrayList<>(free.tickets().size());
    for (Ticket ticket : free.tickets()) {
      verdicts.add(borrower.table().free(ticket));
    }
    reply(from, request, new Message.FreeReply(verdicts), out);
  }

  /** An owner asks whether its pages are here. */
  void holds(Peer from, long request, Message.Holds question, long now, Outbox out) {
    ForeignTable table = borrower(from, now).table();
    reply(
        from,
        request,
        new Message.HoldsReply(question.tickets().stream().map(table::look).toList()),
        out);
  }

  void sweepAnswered(Peer from, long request, Message.SweepReply reply, long now, Outbox out) {
    ForeignBorrower borrower = borrowers.get(from.incarnation());
    if (borrower != null) {
      sweeper.answered(borrower, request, reply, now, out);
    }
  }

  void handBackAnswered(
      Peer from, long request, Message.HandBackReply reply, long now, Outbox out) {
    ForeignBorrower borrower = borrowers.get(from.incarnation());
    if (borrower != null) {
      handingBack.answered(borrower, request, reply, now, out);
      handBack(now, out);
    }
  }

  /** Hands back what is too much, if anything is; a node that leaves hands everything back. */
  private void handBack(long now, Outbox out) {
    store.tick(now);
    if (!leaving) {
      handingBack.tick(borrowers.values(), now, out);
    }
  }

  /**
   * Own pages need so much room: what may be dropped is dropped now, the others are handed back.
   */
  void giveWay(long bytes, long now, Outbox out) {
    store.giveWay(bytes, now);
    handBack(now, out);
  }

  /** Drops pages that may be dropped, for the sake of own ones of that kind. */
  long dropEphemeral(long bytes) {
    return handingBack.drop(borrowers.values(), bytes);
  }

  void setHandBackRate(long bytesPerSecond) {
    handingBack.setBytesPerSecond(bytesPerSecond);
  }

  private ForeignBorrower borrower(Peer from, long now) {
    return borrowers.computeIfAbsent(
        from.incarnation(),
        id ->
            new ForeignBorrower(
                from, store.newTable(), now + Timing.nanos(timing.sweepMillis()), now));
  }

  private void reply(Peer to, long request, Message message, Outbox out) {
    out.send(to.address(), new Envelope(self, to.incarnation(), request, 0, message));
  }

  /** An owner has ended: nobody will ask for its pages again. */
  void dead(Peer peer) {
    ForeignBorrower borrower = borrowers.remove(peer.incarnation());
    if (borrower != null) {
      drop(borrower, "has ended");
    }
  }

  private void drop(ForeignBorrower borrower, String why) {
    long pages = borrower.table().pages();
    if (pages > 0) {
      LOG.info("{} foreign pages dropped: {} {}", pages, borrower.peer().name(), why);
      counts.add(Count.FOREIGN_PAGES_DROPPED, pages);
    }
    borrower.table().clear();
  }

  /**
   * Asks all borrowers to take their pages back, and drops those that may be dropped. Whoever asked
   * before is told what is left now.
   *
   * @param done gets the number of pages that were not taken by the deadline, under no lock
   */
  void leave(long deadline, LongConsumer done, long now, Outbox out) {
    tellLeft(out);
    leaving = true;
    dropEphemeral(Long.MAX_VALUE);
    leaveDeadline = deadline;
    left = done;
    nextGoodbye = now;
    tick(now, out);
  }

  /** Lends again; pages that owners are taking back may still be freed. */
  void stay(Outbox out) {
    leaving = false;
    tellLeft(out);
  }

  private void tellLeft(Outbox out) {
    LongConsumer done = left;
    if (done != null) {
      long pages = pages();
      left = null;
      out.after(() -> done.accept(pages));
    }
  }

  boolean isLeaving() {
    return leaving;
  }

  private void leaveOn(long now, Outbox out) {
    if (pages() == 0 || now - leaveDeadline >= 0) {
      tellLeft(out);
      return;
    }
    if (now - nextGoodbye >= 0) {
      nextGoodbye = now + Timing.nanos(timing.resendMillis());
      for (ForeignBorrower borrower : borrowers.values()) {
        if (borrower.table().pages() > 0 && borrower.peer().alive()) {
          reply(borrower.peer(), 0, new Message.Goodbye(Message.Goodbye.Kind.LENDER_LEAVES), out);
        }
      }
    }
  }

  void tick(long now, Outbox out) {
    for (ForeignBorrower borrower : borrowers.values()) {
      if (borrower.peer().alive()) {
        sweeper.tick(borrower, now, out);
      } else if (borrower.table().pages() > 0
          && now - borrower.peer().heardNanos > Timing.nanos(timing.borrowerGraceMillis())) {
        drop(borrower, "has been silent for " + timing.borrowerGraceMillis() + " ms");
      }
    }
    handBack(now, out);
    if (left != null) {
      leaveOn(now, out);
    }
  }

  /** When {@link #tick} is wanted next, if {@code other} is not earlier. */
  long due(long other) {
    long due = store.due(leaving ? other : handingBack.due(borrowers.values(), other));
    for (ForeignBorrower borrower : borrowers.values()) {
      if (borrower.peer().alive() && borrower.table().pages() > 0) {
        due = borrower.sweepNanos - due < 0 ? borrower.sweepNanos : due;
      }
    }
    if (left != null) {
      due = leaveDeadline - due < 0 ? leaveDeadline : due;
      due = nextGoodbye - due < 0 ? nextGoodbye : due;
    }
    return due;
  }

  /** Whether a leave is under way, which the next free may end. */
  boolean awaitsEmpty() {
    return left != null && pages() == 0;
  }

  long pages() {
    return borrowers.values().stream().mapToLong(borrower -> borrower.table().pages()).sum();
  }

  long ephemeralPages() {
    return borrowers.values().stream()
        .mapToLong(borrower -> borrower.table().ephemeralPages())
        .sum();
  }

  long pagesOf(Peer peer) {
    ForeignBorrower borrower = borrowers.get(peer.incarnation());
    return borrower == null ? 0 : borrower.table().pages();
  }

  long ephemeralPagesOf(Peer peer) {
    ForeignBorrower borrower = borrowers.get(peer.incarnation());
    return borrower == null ? 0 : borrower.table().ephemeralPages();
  }

  /** Pages that it took elsewhere when it was asked to. */
  long handedBackTo(Peer peer) {
    ForeignBorrower borrower = borrowers.get(peer.incarnation());
    return borrower == null ? 0 : borrower.handedBack;
  }

  long bytesOf(Peer peer) {
    ForeignBorrower borrower = borrowers.get(peer.incarnation());
    return borrower == null ? 0 : borrower.table().bytes();
  }

  long bytes() {
    return borrowers.values().stream().mapToLong(borrower -> borrower.table().bytes()).sum();
  }

  List<ForeignTable> tables() {
    return borrowers.values().stream().map(ForeignBorrower::table).toList();
  }

  /** Drops everything; the node has ended. */
  void close() {
    tables().forEach(ForeignTable::clear);
    borrowers.clear();
  }
}

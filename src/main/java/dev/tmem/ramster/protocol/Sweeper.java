package dev.tmem.ramster.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Finds foreign pages that their owner does not know any more, by asking it about every one, a
 * message's worth at a time. An owner's no is final, since tickets do not come back, so a late
 * answer is as good as any. Confined to the lock of the {@link PeerNode}.
 */
final class Sweeper {

  /** A block of a table has fewer slots than this: with so many listed, no more are added. */
  private static final int LISTED_ENOUGH = WireLayout.ENTRIES_MAX - 170;

  private final UUID self;
  private final Timing timing;
  private final Counts counts;
  private long nextRequest = 1;

  Sweeper(UUID self, Timing timing, Counts counts) {
    this.self = self;
    this.timing = timing;
    this.counts = counts;
  }

  void tick(ForeignBorrower borrower, long now, Outbox out) {
    if (now - borrower.sweepNanos >= 0) {
      ask(borrower, now, out);
    }
  }

  private void ask(ForeignBorrower borrower, long now, Outbox out) {
    List<Ticket> batch = new ArrayList<>();
    long cursor = borrower.sweepCursor;
    while (cursor >= 0 && batch.size() <= LISTED_ENOUGH) {
      cursor = borrower.table().list(cursor, batch);
    }
    if (batch.isEmpty()) {
      pause(borrower, now);
      return;
    }
    borrower.sweepAsked = batch;
    borrower.sweepNext = cursor;
    borrower.sweepRequest = nextRequest++;
    borrower.sweepNanos = now + Timing.nanos(timing.resendMillis());
    Peer peer = borrower.peer();
    out.send(
        peer.address(),
        new Envelope(
            self,
            peer.incarnation(),
            borrower.sweepRequest,
            timing.resendMillis(),
            new Message.Sweep(batch)));
  }

  void answered(
      ForeignBorrower borrower, long request, Message.SweepReply reply, long now, Outbox out) {
    List<Ticket> asked = borrower.sweepAsked;
    if (asked == null
        || request != borrower.sweepRequest
        || reply.verdicts().size() != asked.size()) {
      return;
    }
    for (int i = 0; i < asked.size(); i++) {
      if (reply.verdicts().get(i) == Verdict.UNKNOWN
          && borrower.table().free(asked.get(i)) == Verdict.DONE) {
        counts.one(Count.FOREIGN_PAGES_SWEPT);
      }
    }
    borrower.sweepAsked = null;
    if (borrower.sweepNext < 0) {
      pause(borrower, now);
    } else {
      borrower.sweepCursor = borrower.sweepNext;
      ask(borrower, now, out);
    }
  }

  private void pause(ForeignBorrower borrower, long now) {
    borrower.sweepAsked = null;
    borrower.sweepCursor = 0;
    borrower.sweepNanos = now + Timing.nanos(timing.sweepMillis());
  }
}

package dev.tmem.ramster.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * Gets rid of foreign pages while there are more than there may be: first those that may be dropped
 * are, then the owners of the others are asked to take them elsewhere, a batch after the other, at
 * a rate. A page stays readable until its owner has said that its slot names another place. An
 * owner that has no other place is asked again later, and the page stays.
 *
 * <p>Confined to the lock of the {@link PeerNode}, except the rate.
 */
final class HandingBack {

  /** Bytes a second that owners are asked to take, unless it is said otherwise. */
  static final long BYTES_PER_SECOND = 64L << 20;

  /** A block of a table has fewer slots than this: with so many listed, no more are added. */
  private static final int LISTED_ENOUGH = WireLayout.ENTRIES_MAX - 170;

  /** A batch that is not answered, or not freed, is given up after so many times a resend. */
  private static final int PATIENCE = 10;

  /** An owner that had no other place for any page of a batch is left alone for so many resends. */
  private static final int PAUSE = 5;

  private final UUID self;
  private final Timing timing;
  private final ForeignStore store;
  private final Counts counts;
  private volatile long bytesPerSecond = BYTES_PER_SECOND;
  private long nextRequest = 1;

  /** The budget is spent until then. */
  private long nextBatch;

  HandingBack(UUID self, Timing timing, ForeignStore store, Counts counts, long now) {
    this.self = self;
    this.timing = timing;
    this.store = store;
    this.counts = counts;
    this.nextBatch = now;
  }

  void setBytesPerSecond(long bytes) {
    bytesPerSecond = bytes;
  }

  /**
   * Drops pages that may be dropped.
   *
   * @return bytes that came free
   */
  long drop(Collection<ForeignBorrower> borrowers, long wantedBytes) {
    long before = store.bytes();
    for (ForeignBorrower borrower : borrowers) {
      long left = wantedBytes - (before - store.bytes());
      if (left > 0) {
        counts.add(Count.FOREIGN_PAGES_DROPPED, borrower.table().dropEphemeral(left));
      }
    }
    return before - store.bytes();
  }

  void tick(Collection<ForeignBorrower> borrowers, long now, Outbox out) {
    if (store.excessBytes() > 0) {
      drop(borrowers, store.excessBytes());
    }
    for (ForeignBorrower borrower : borrowers) {
      if (borrower.isHandingBack() && now - borrower.handBackNanos >= 0) {
        borrower.endHandBack(now);
      }
    }
    long asked = borrowers.stream().mapToLong(ForeignBorrower::handBackBytes).sum();
    for (ForeignBorrower borrower : borrowers) {
      boolean wanted = store.excessBytes() > asked && now - nextBatch >= 0;
      if (wanted && mayAsk(borrower, now)) {
        asked += ask(borrower, store.excessBytes() - asked, now, out);
      }
    }
  }

  private static boolean mayAsk(ForeignBorrower borrower, long now) {
    return borrower.peer().alive()
        && !borrower.isHandingBack()
        && borrower.table().pages() > 0
        && now - borrower.handBackNanos >= 0;
  }

  /** Asks for a batch, and returns its bytes. */
  private long ask(ForeignBorrower borrower, long wantedBytes, long now, Outbox out) {
    List<Ticket> batch = new ArrayList<>();
    long cursor = borrower.handBackCursor;
    while (cursor >= 0 && batch.size() <= LISTED_ENOUGH) {
      cursor = borrower.table().list(cursor, batch);
    }
    borrower.handBackCursor = Math.max(0, cursor);
    if (batch.isEmpty()) {
      return 0;
    }
    long mean = Math.max(1, borrower.table().bytes() / borrower.table().pages());
    int pages = (int) Math.min(batch.size(), (wantedBytes + mean - 1) / mean);
    List<Ticket> asked = List.copyOf(batch.subList(0, Math.max(1, pages)));
    borrower.beginHandBack(nextRequest++, asked, asked.size() * mean);
    borrower.handBackNanos = now + PATIENCE * Timing.nanos(timing.resendMillis());
    long cost = asked.size() * mean * 1_000_000_000L / Math.max(1, bytesPerSecond);
    nextBatch = (now - nextBatch > 0 ? now : nextBatch) + cost;
    Peer peer = borrower.peer();
    out.send(
        peer.address(),
        new Envelope(
            self,
            peer.incarnation(),
            borrower.handBackRequest,
            PATIENCE * timing.resendMillis(),
            new Message.HandBack(asked)));
    return asked.size() * mean;
  }

  void answered(
      ForeignBorrower borrower, long request, Message.HandBackReply reply, long now, Outbox out) {
    List<Ticket> asked = borrower.handBackAsked;
    if (!borrower.isHandingBack()
        || request != borrower.handBackRequest
        || reply.verdicts().size() != asked.size()) {
      return;
    }
    int moved = 0;
    for (int i = 0; i < asked.size(); i++) {
      Verdict verdict = reply.verdicts().get(i);
      if (verdict != Verdict.DONE && verdict != Verdict.UNKNOWN) {
        counts.one(Count.FOREIGN_PAGES_KEPT);
        continue;
      }
      // Its owner's slot names another place by now, so it may go before its free comes.
      moved += verdict == Verdict.DONE ? 1 : 0;
      if (borrower.table().free(asked.get(i)) == Verdict.DONE && verdict == Verdict.UNKNOWN) {
        counts.one(Count.FOREIGN_PAGES_SWEPT);
      }
    }
    counts.add(Count.FOREIGN_PAGES_HANDED_BACK, moved);
    borrower.handedBack += moved;
    boolean isFull = reply.verdicts().stream().allMatch(verdict -> verdict == Verdict.NO_ROOM);
    borrower.endHandBack(now + (isFull ? PAUSE * Timing.nanos(timing.resendMillis()) : 0));
  }

  /** When {@link #tick} is wanted next, if {@code other} is not earlier. */
  long due(Collection<ForeignBorrower> borrowers, long other) {
    long due = other;
    boolean wanted = store.excessBytes() > 0;
    for (ForeignBorrower borrower : borrowers) {
      if (borrower.isHandingBack() || (wanted && isWorthAsking(borrower))) {
        long next =
            borrower.isHandingBack() || borrower.handBackNanos - nextBatch > 0
                ? borrower.handBackNanos
                : nextBatch;
        due = next - due < 0 ? next : due;
      }
    }
    return due;
  }

  private static boolean isWorthAsking(ForeignBorrower borrower) {
    return borrower.peer().alive() && borrower.table().pages() > 0;
  }
}

package dev.tmem.ramster.protocol;

import java.util.List;

/**
 * Tells lenders which tickets are free: many to a message, soon, and again until it is
 * acknowledged. Confined to the lock of the {@link PeerNode}.
 */
final class Frees {

  /** Most messages to one lender that are not acknowledged. */
  static final int MESSAGES_MAX = 16;

  private final Lenders lenders;
  private final Calls calls;
  private final Timing timing;
  private final Counts counts;

  Frees(Lenders lenders, Calls calls, Timing timing, Counts counts) {
    this.lenders = lenders;
    this.calls = calls;
    this.timing = timing;
    this.counts = counts;
  }

  void add(Lent lent, Ticket ticket, long now, Outbox out) {
    if (lent.peer().state == Peer.State.DEAD) {
      return;
    }
    if (!lent.frees.add(ticket, now)) {
      counts.one(Count.REMOTE_PAGE_FLUSHES_FAILED);
    } else if (lent.frees.waiting() >= WireLayout.ENTRIES_MAX) {
      flush(lent, now, out);
    }
  }

  /** Sends what waits, as far as the messages that are out allow. */
  void flush(Lent lent, long now, Outbox out) {
    long floor = lenders.floor(lent);
    while (lent.peer().alive() && lent.frees.ready(floor) && lent.freesOut < MESSAGES_MAX) {
      List<Ticket> batch = lent.frees.send(floor);
      lent.freesOut++;
      calls.start(new FreeCall(lent, batch), now, out);
    }
  }

  void flushAll(long now, Outbox out) {
    for (Lent lent : lenders.all()) {
      flush(lent, now, out);
    }
  }

  void answered(Peer from, long request, Message.FreeReply reply, long now, Outbox out) {
    FreeCall call = calls.find(request, from, FreeCall.class);
    if (call == null || reply.verdicts().size() != call.batch.size()) {
      return;
    }
    calls.remove(call);
    Lent lent = call.lent();
    lent.freesOut--;
    lent.frees.acknowledged(call.batch);
    counts.add(Count.REMOTE_PAGES_FLUSHED, call.batch.size());
    if (lent.frees.waiting() >= WireLayout.ENTRIES_MAX) {
      flush(lent, now, out);
    }
  }

  void tick(long now, Outbox out) {
    long delay = Timing.nanos(timing.freeDelayMillis());
    for (Lent lent : lenders.all()) {
      if (lent.frees.waiting() > 0 && now - lent.frees.oldestNanos() >= delay) {
        flush(lent, now, out);
      }
    }
  }

  /** When {@link #tick} is wanted next, if {@code other} is not earlier. */
  long due(long other) {
    long due = other;
    for (Lent lent : lenders.all()) {
      if (lent.frees.ready(lenders.floor(lent))
          && lent.peer().alive()
          && lent.freesOut < MESSAGES_MAX) {
        long wanted = lent.frees.oldestNanos() + Timing.nanos(timing.freeDelayMillis());
        due = wanted - due < 0 ? wanted : due;
      }
    }
    return due;
  }

  long pending() {
    return lenders.all().stream().mapToLong(lent -> lent.frees.pending()).sum();
  }

  private final class FreeCall extends Call {

    private final List<Ticket> batch;

    FreeCall(Lent lent, List<Ticket> batch) {
      super(lent, new Message.Free(lenders.floor(lent), batch), false);
      this.batch = batch;
    }

    @Override
    void giveUp(String reason, long now, Outbox out) {
      lent().freesOut--;
      lent().frees.unsend(batch);
    }
  }
}

package dev.tmem.ramster.protocol;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends pages to lenders. A batch goes out when it is full, {@link #GATHER_MILLIS} after its first
 * page, or at once if no put is unanswered or it ends a large one; each has a lender of its own.
 * What one lender refuses is offered to another; what nobody takes, or nobody acknowledges in time,
 * is refused.
 *
 * <p>A batch that finds room at lenders, but too much on its way to them, waits for answers, {@link
 * #WAIT_MILLIS} at the most; so whoever demotes goes no quicker than the lenders. What waits is
 * bounded by {@link Flight#allBytes}.
 *
 * <p>Confined to the lock of the {@link PeerNode}.
 */
final class Puts implements PutJob.Ends {

  /** Lenders that a page is offered to before it is refused. */
  static final int OFFERS_MAX = 3;

  /** How long a batch waits for more pages, while others are on their way. */
  static final int GATHER_MILLIS = 2;

  /** How long a batch waits for lenders that have too much on its way to them. */
  static final int WAIT_MILLIS = 100;

  /** A put of so many pages does not wait for others to go with its last ones. */
  static final int LARGE_PUT = 32;

  private final Lenders lenders;
  private final Placement placement;
  private final Calls calls;
  private final Frees frees;
  private final SpaceFacts spaces;
  private final Flight flight;
  private final Counts counts;

  /** Batches that are not full yet, by the lender to stay apart from, -1 if there is none. */
  private final Map<Integer, PutBatch> gathering = new LinkedHashMap<>();

  /** Batches that wait for answers; the one that waits longest is first. */
  private final ArrayDeque<PutBatch> waiting = new ArrayDeque<>();

  private long waitingBytes;

  /**
   * Puts that have no result yet. The dispatcher does not know those of their pages that were taken
   * already, and nobody may think that they are not in use.
   */
  private final Set<PutJob> unfinished = new LinkedHashSet<>();

  /** Messages that are not answered. */
  private int unanswered;

  Puts(
      Lenders lenders,
      Placement placement,
      Calls calls,
      Frees frees,
      SpaceFacts spaces,
      Flight flight,
      Counts counts) {
    this.lenders = lenders;
    this.placement = placement;
    this.calls = calls;
    this.frees = frees;
    this.spaces = spaces;
    this.flight = flight;
    this.counts = counts;
  }

  /**
   * @param apart for each page the copy to stay apart from; null: no such wish
   * @param result gets one handle or {@link Backend#REFUSED} for each page, under no lock
   */
  void put(
      List<Zpage> pages, long @Nullable [] apart, Consumer<long[]> result, long now, Outbox out) {
    PutJob job = new PutJob(pages, result, this);
    unfinished.add(job);
    for (int i = 0; i < pages.size(); i++) {
      if (pages.get(i).length() > ZpageLayout.LENGTH_MAX - ZpageLayout.HEAD_BYTES) {
        job.settle(i, Backend.REFUSED);
      } else {
        int avoid = apart == null ? -1 : HandleLayout.lender(apart[i]);
        gather(avoid, new PutBatch.Item(job, i), now, out);
      }
    }
    if (unanswered == 0 || pages.size() >= LARGE_PUT) {
      sendGathered(now, out);
    }
    job.finish(now, out);
  }

  private void gather(int avoid, PutBatch.Item item, long now, Outbox out) {
    PutBatch batch = gathering.get(avoid);
    if (batch != null && !batch.admits(item)) {
      gathering.remove(avoid);
      send(batch, now, out);
      batch = null;
    }
    if (batch == null) {
      batch = first(avoid, now);
      gathering.put(avoid, batch);
    }
    batch.add(item);
  }

  private PutBatch first(int lender, long now) {
    BitSet avoid = new BitSet();
    Lent lent = lender < 0 ? null : lenders.at(lender);
    if (lender >= 0) {
      avoid.set(lender);
    }
    return new PutBatch(avoid, lent == null ? null : lent.peer(), OFFERS_MAX, now);
  }

  private void sendGathered(long now, Outbox out) {
    List<PutBatch> all = List.copyOf(gathering.values());
    gathering.clear();
    all.forEach(batch -> send(batch, now, out));
  }

  private void send(PutBatch batch, long now, Outbox out) {
    if (!trySend(batch, now, out)) {
      boolean mayWait =
          waitingBytes + batch.bytes() <= flight.allBytes() && placement.isBusy(batch, now);
      if (mayWait) {
        waiting.add(batch);
        waitingBytes += batch.bytes();
        counts.one(Count.PUTS_HELD_BACK);
      } else {
        refuse(batch, now, out);
      }
    }
  }

  private void refuse(PutBatch batch, long now, Outbox out) {
    frees.flushAll(now, out);
    settle(batch.items(), now, out);
  }

  /** Refuses pages for good. */
  private static void settle(List<PutBatch.Item> items, long now, Outbox out) {
    Set<PutJob> jobs = new LinkedHashSet<>();
    for (PutBatch.Item item : items) {
      item.job().settle(item.position(), Backend.REFUSED);
      jobs.add(item.job());
    }
    jobs.forEach(job -> job.finish(now, out));
  }

  private boolean trySend(PutBatch batch, long now, Outbox out) {
    Lent lent = placement.choose(batch, now);
    long first = lent == null ? -1 : lenders.draw(batch.items().size());
    if (lent == null || first < 0) {
      return false;
    }
    List<Message.PutEntry> entries = new ArrayList<>(batch.items().size());
    for (PutBatch.Item item : batch.items()) {
      Zpage page = item.zpage();
      boolean mayBeDropped = spaces.isEphemeral(page.key().space());
      entries.add(new Message.LeavingPage(first + entries.size(), mayBeDropped, page));
    }
    lent.open(first, entries.size(), now);
    lent.bytesInFlight += batch.bytes();
    lent.peer().spareBytes -= batch.bytes();
    unanswered++;
    Message.Put message = new Message.Put(lenders.floor(lent), entries);
    calls.start(new PutCall(lent, message, batch), now, out);
    return true;
  }

  void answered(Peer from, long request, Message.PutReply reply, long now, Outbox out) {
    PutCall call = calls.find(request, from, PutCall.class);
    if (call == null || reply.verdicts().size() != call.entries.size()) {
      return;
    }
    calls.remove(call);
    from.spareBytes = reply.spareBytes();
    Set<PutJob> jobs = new LinkedHashSet<>();
    PutJob last = null;
    PutBatch again = call.batch.without(call.lent(), now);
    List<PutBatch.Item> refused = new ArrayList<>();
    long ephemeral = 0;
    long persistent = 0;
    for (int i = 0; i < call.entries.size(); i++) {
      PutBatch.Item item = call.batch.items().get(i);
      Message.PutEntry entry = call.entries.get(i);
      switch (reply.verdicts().get(i)) {
        case DONE -> {
          call.lent().kept(entry.length());
          ephemeral += entry.ephemeral() ? 1 : 0;
          persistent += entry.ephemeral() ? 0 : 1;
          item.job()
              .settle(item.position(), HandleLayout.pack(call.lent().index(), entry.ticket()));
          if (item.job() != last) { // those of one put follow one another
            last = item.job();
            jobs.add(last);
          }
        }
        case NO_ROOM -> again.add(item);
        default -> refused.add(item);
      }
    }
    counts.add(Count.EPH_PAGES_REMOTED, ephemeral);
    counts.add(Count.PERS_PAGES_REMOTED, persistent);
    call.close();
    jobs.forEach(job -> job.finish(now, out));
    settle(refused, now, out);
    if (!again.items().isEmpty()) {
      frees.flush(call.lent(), now, out);
      if (again.offers == 0) {
        settle(again.items(), now, out);
      } else {
        send(again, now, out);
      }
    }
    goOn(now, out);
  }

  /** Something is on its way no more: what waits for that is sent. */
  void goOn(long now, Outbox out) {
    for (int i = waiting.size(); i > 0; i--) {
      PutBatch batch = waiting.remove();
      waitingBytes -= batch.bytes();
      if (!trySend(batch, now, out)) {
        hold(batch, now, out);
      }
    }
    if (unanswered == 0) {
      sendGathered(now, out);
    }
  }

  private void hold(PutBatch batch, long now, Outbox out) {
    if (now - batch.sinceNanos < Timing.nanos(WAIT_MILLIS) && placement.isBusy(batch, now)) {
      waiting.add(batch);
      waitingBytes += batch.bytes();
    } else {
      refuse(batch, now, out);
    }
  }

  void tick(long now, Outbox out) {
    boolean late =
        gathering.values().stream()
            .anyMatch(batch -> now - batch.sinceNanos >= Timing.nanos(GATHER_MILLIS));
    if (late) {
      sendGathered(now, out);
    }
    PutBatch longest = waiting.peek();
    if (longest != null && now - longest.sinceNanos >= Timing.nanos(WAIT_MILLIS)) {
      goOn(now, out);
    }
  }

  /** When {@link #tick} is wanted next, if {@code other} is not earlier. */
  long due(long other) {
    long due = other;
    for (PutBatch batch : gathering.values()) {
      due = Math.min(due - other, batch.sinceNanos + Timing.nanos(GATHER_MILLIS) - other) + other;
    }
    PutBatch longest = waiting.peek();
    if (longest != null) {
      due = Math.min(due - other, longest.sinceNanos + Timing.nanos(WAIT_MILLIS) - other) + other;
    }
    return due;
  }

  /** Nothing is sent any more: what has not been sent is refused. */
  void close(long now, Outbox out) {
    List<PutBatch> all = new ArrayList<>(gathering.values());
    all.addAll(waiting);
    gathering.clear();
    waiting.clear();
    waitingBytes = 0;
    all.forEach(batch -> settle(batch.items(), now, out));
  }

  void checkInvariants() {
    assert waitingBytes == waiting.stream().mapToLong(PutBatch::bytes).sum() : waitingBytes;
    assert waitingBytes <= flight.allBytes() : waitingBytes;
    assert unanswered >= 0 : unanswered;
    assert unanswered > 0 || gathering.isEmpty() : gathering.size();
  }

  /** Whether a page was taken, and the dispatcher has not been told yet. */
  boolean isUntold(long handle) {
    return unfinished.stream().anyMatch(job -> job.hasTaken(handle));
  }

  // ---- The ends of pages

  @Override
  public void finished(PutJob job) {
    unfinished.remove(job);
  }

  @Override
  public void refused(Zpage page) {
    boolean dropped = spaces.isEphemeral(page.key().space());
    counts.one(dropped ? Count.EPH_PAGES_REMOTE_FAILED : Count.PERS_PAGES_REMOTE_FAILED);
  }

  @Override
  public boolean told(long handle, Zpage page, long now, Outbox out) {
    Lent lent = Objects.requireNonNull(lenders.at(HandleLayout.lender(handle)));
    long ticket = HandleLayout.ticket(handle);
    if (lent.peer().alive()) {
      return true;
    }
    lent.pages = Math.max(0, lent.pages - 1);
    frees.add(lent, new Ticket(ticket, page.key(), page.epoch()), now, out);
    return false;
  }

  private final class PutCall extends Call {

    private final List<Message.PutEntry> entries;
    private final PutBatch batch;

    PutCall(Lent lent, Message.Put message, PutBatch batch) {
      super(lent, message, true);
      this.entries = message.entries();
      this.batch = batch;
    }

    void close() {
      lent().settled(entries.getFirst().ticket());
      lent().bytesInFlight -= batch.bytes();
      unanswered--;
    }

    /** The lender may have the pages, now or later: their tickets are freed, then settled. */
    @Override
    void giveUp(String reason, long now, Outbox out) {
      close();
      entries.forEach(entry -> frees.add(lent(), entry.named(), now, out));
      settle(batch.items(), now, out);
      goOn(now, out);
    }
  }
}

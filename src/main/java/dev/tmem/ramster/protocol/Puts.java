package dev.tmem.ramster.protocol;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Sends pages to lenders. A put of many pages is cut into messages, each with a lender of its own;
 * what one lender refuses is offered to another; what nobody takes, or nobody acknowledges in time,
 * is refused. Confined to the lock of the {@link PeerNode}.
 */
final class Puts {

  /** Lenders that a page is offered to before it is refused. */
  static final int OFFERS_MAX = 3;

  private final Lenders lenders;
  private final Placement placement;
  private final Calls calls;
  private final Frees frees;
  private final IntPredicate ephemeral;
  private final Counts counts;

  Puts(
      Lenders lenders,
      Placement placement,
      Calls calls,
      Frees frees,
      IntPredicate ephemeral,
      Counts counts) {
    this.lenders = lenders;
    this.placement = placement;
    this.calls = calls;
    this.frees = frees;
    this.ephemeral = ephemeral;
    this.counts = counts;
  }

  /**
   * @param apart for each page the copy to stay apart from; null: no such wish
   * @param result gets one handle or {@link Backend#REFUSED} for each page, under no lock
   */
  void put(
      List<Zpage> pages, long @Nullable [] apart, Consumer<long[]> result, long now, Outbox out) {
    Job job = new Job(pages, result);
    Map<Integer, List<Integer>> byLenderToAvoid = new LinkedHashMap<>();
    for (int i = 0; i < pages.size(); i++) {
      if (pages.get(i).length() > ZpageLayout.LENGTH_MAX - ZpageLayout.HEAD_BYTES) {
        job.settle(i, Backend.REFUSED);
        continue;
      }
      int avoid = apart == null ? -1 : HandleLayout.lender(apart[i]);
      byLenderToAvoid.computeIfAbsent(avoid, lender -> new ArrayList<>()).add(i);
    }
    byLenderToAvoid.forEach((lender, positions) -> {
      BitSet avoid = new BitSet();
      Lent first = lender < 0 ? null : lenders.at(lender);
      if (lender >= 0) {
        avoid.set(lender);
      }
      Search search = new Search(avoid, first == null ? null : first.peer(), OFFERS_MAX);
      offer(job, positions, search, now, out);
    });
    job.finish(now, out);
  }

  /**
   * Whom pages may be offered to.
   *
   * @param avoid indexes of lenders that keep them, or have refused them
   * @param apart who keeps them already; null: nobody does
   * @param offers how many lenders more
   */
  private record Search(BitSet avoid, @Nullable Peer apart, int offers) {

    Search without(Lent refused) {
      BitSet more = (BitSet) avoid.clone();
      more.set(refused.index());
      return new Search(more, apart, offers - 1);
    }
  }

  /** Cuts into messages and sends each to a lender. */
  private void offer(Job job, List<Integer> positions, Search search, long now, Outbox out) {
    int from = 0;
    while (from < positions.size()) {
      int to = from;
      int bytes = 0;
      while (to < positions.size() && to - from < WireLayout.ENTRIES_MAX) {
        int more = WireLayout.PUT_ENTRY_BYTES + job.pages.get(positions.get(to)).length();
        if (to > from && bytes + more > WireLayout.BODY_BYTES_AIM) {
          break;
        }
        bytes += more;
        to++;
      }
      send(job, positions.subList(from, to), bytes, search, now, out);
      from = to;
    }
  }

  private void send(
      Job job, List<Integer> positions, int bytes, Search search, long now, Outbox out) {
    Lent lent = placement.choose(search.avoid(), search.apart(), bytes);
    long first = lent == null ? -1 : lenders.draw(positions.size());
    if (lent == null || first < 0) {
      frees.flushAll(now, out);
      positions.forEach(position -> job.settle(position, Backend.REFUSED));
      return;
    }
    List<Message.PutEntry> entries = new ArrayList<>(positions.size());
    for (int i = 0; i < positions.size(); i++) {
      Zpage page = job.pages.get(positions.get(i));
      boolean mayBeDropped = ephemeral.test(page.key().space());
      entries.add(new Message.PutEntry(first + i, mayBeDropped, page, true));
    }
    lent.open(first, positions.size());
    lent.bytesInFlight += bytes;
    lent.peer().spareBytes -= bytes;
    Message.Put message = new Message.Put(lenders.floor(lent), entries);
    calls.start(new PutCall(lent, message, job, positions, bytes, search), now, out);
  }

  void answered(Peer from, long request, Message.PutReply reply, long now, Outbox out) {
    PutCall call = calls.find(request, from, PutCall.class);
    if (call == null || reply.verdicts().size() != call.entries.size()) {
      return;
    }
    calls.remove(call);
    from.spareBytes = reply.spareBytes();
    List<Integer> again = new ArrayList<>();
    for (int i = 0; i < call.entries.size(); i++) {
      int position = call.positions.get(i);
      Message.PutEntry entry = call.entries.get(i);
      switch (reply.verdicts().get(i)) {
        case DONE -> {
          call.lent().kept(entry.zpage().length());
          counts.one(entry.ephemeral() ? Count.EPH_PAGES_REMOTED : Count.PERS_PAGES_REMOTED);
          call.job.settle(position, HandleLayout.pack(call.lent().index(), entry.ticket()));
        }
        case NO_ROOM -> again.add(position);
        default -> call.job.settle(position, Backend.REFUSED);
      }
    }
    call.close();
    if (!again.isEmpty()) {
      frees.flush(call.lent(), now, out);
      offerElsewhere(call, again, now, out);
    }
    call.job.finish(now, out);
  }

  private void offerElsewhere(PutCall call, List<Integer> positions, long now, Outbox out) {
    if (call.search.offers() == 1) {
      positions.forEach(position -> call.job.settle(position, Backend.REFUSED));
      return;
    }
    offer(call.job, positions, call.search.without(call.lent()), now, out);
  }

  private final class PutCall extends Call {

    private final List<Message.PutEntry> entries;
    private final Job job;
    private final List<Integer> positions;
    private final int bytes;
    private final Search search;

    PutCall(
        Lent lent,
        Message.Put message,
        Job job,
        List<Integer> positions,
        int bytes,
        Search search) {
      super(lent, message, true);
      this.entries = message.entries();
      this.job = job;
      this.positions = positions;
      this.bytes = bytes;
      this.search = search;
    }

    void close() {
      lent().settled(entries.getFirst().ticket());
      lent().bytesInFlight -= bytes;
    }

    /** The lender may have the pages, now or later: their tickets are freed, then settled. */
    @Override
    void giveUp(String reason, long now, Outbox out) {
      close();
      entries.forEach(entry -> frees.add(lent(), entry.named(), now, out));
      positions.forEach(position -> job.settle(position, Backend.REFUSED));
      job.finish(now, out);
    }
  }

  /** One put as the dispatcher sees it. */
  private final class Job {

    private final List<Zpage> pages;
    private final long[] handles;
    private final Consumer<long[]> result;
    private int open;

    Job(List<Zpage> pages, Consumer<long[]> result) {
      this.pages = pages;
      this.handles = new long[pages.size()];
      this.result = result;
      this.open = pages.size();
      Arrays.fill(handles, Backend.REFUSED);
    }

    void settle(int position, long handle) {
      handles[position] = handle;
      open--;
      if (handle == Backend.REFUSED) {
        boolean dropped = ephemeral.test(pages.get(position).key().space());
        counts.one(dropped ? Count.EPH_PAGES_REMOTE_FAILED : Count.PERS_PAGES_REMOTE_FAILED);
      }
    }

    /** Hands the result over when the last page is settled; after that nothing settles. */
    void finish(long now, Outbox out) {
      if (open == 0) {
        open = -1;
        takeBack(now, out);
        out.after(() -> result.accept(handles));
      }
    }

    /**
     * A lender may have been given up while the job waited for another one. The dispatcher was told
     * before it could know of these copies, so it must not hear of them at all.
     */
    private void takeBack(long now, Outbox out) {
      for (int i = 0; i < handles.length; i++) {
        Lent lent =
            handles[i] == Backend.REFUSED ? null : lenders.at(HandleLayout.lender(handles[i]));
        if (lent != null && !lent.peer().alive()) {
          Zpage page = pages.get(i);
          lent.pages = Math.max(0, lent.pages - 1);
          long ticket = HandleLayout.ticket(handles[i]);
          frees.add(lent, new Ticket(ticket, page.key(), page.epoch()), now, out);
          handles[i] = Backend.REFUSED;
        }
      }
    }
  }
}

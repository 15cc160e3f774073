package dev.tmem.ramster.protocol;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings lent pages back. What a doubtful lender keeps is unavailable at once, without asking. A
 * page that comes damaged is asked for once more: it may be well where it lies. Confined to the
 * lock of the {@link PeerNode}.
 */
final class Gets {

  /**
   * Most pages that one lender may be asked for at a time, those among them that wait since more
   * bytes than {@link Flight#lenderBytes} would come; beyond it they are unavailable.
   */
  static final int PAGES_ASKED_MAX = 8_192;

  private final Lenders lenders;
  private final Calls calls;
  private final SpaceFacts spaces;
  private final Flight flight;
  private final Counts counts;

  Gets(Lenders lenders, Calls calls, SpaceFacts spaces, Flight flight, Counts counts) {
    this.lenders = lenders;
    this.calls = calls;
    this.spaces = spaces;
    this.flight = flight;
    this.counts = counts;
  }

  /**
   * @param result gets one answer for each copy, in order, under no lock
   */
  void get(List<PageRef> refs, Consumer<List<Fetched>> result, long now, Outbox out) {
    Job job = new Job(refs, result);
    Map<Integer, List<Integer>> byLender = new LinkedHashMap<>();
    for (int i = 0; i < refs.size(); i++) {
      int lender = HandleLayout.lender(refs.get(i).handle());
      byLender.computeIfAbsent(lender, index -> new ArrayList<>()).add(i);
    }
    byLender.forEach((lender, positions) -> ask(job, lender, positions, now, out));
    job.finish(out);
  }

  private void ask(Job job, int lender, List<Integer> positions, long now, Outbox out) {
    Lent lent = lenders.at(lender);
    Fetched refusal = refusal(lent, positions.size());
    if (lent == null || refusal != null) {
      Fetched answer = Objects.requireNonNull(refusal);
      positions.forEach(position -> job.settle(position, answer));
      return;
    }
    lent.pagesAsked += positions.size();
    int from = 0;
    while (from < positions.size()) {
      int to = from;
      long bytes = 0;
      do {
        bytes += answerBytes(job.refs.get(positions.get(to)));
        to++;
      } while (to < positions.size()
          && to - from < WireLayout.ENTRIES_MAX
          && bytes + answerBytes(job.refs.get(positions.get(to))) <= flight.lenderBytes());
      lent.waitingGets.add(getCall(lent, job, positions.subList(from, to), bytes, false));
      from = to;
    }
    goOn(lent, now, out);
  }

  private int answerBytes(PageRef ref) {
    return WireLayout.GET_ENTRY_BYTES + spaces.pageBytes(ref.key().space());
  }

  private GetCall getCall(
      Lent lent, Job job, List<Integer> positions, long bytes, boolean isAgain) {
    List<Ticket> tickets = new ArrayList<>(positions.size());
    for (int position : positions) {
      PageRef ref = job.refs.get(position);
      tickets.add(new Ticket(HandleLayout.ticket(ref.handle()), ref.key(), ref.epoch()));
    }
    Message.Get message = new Message.Get(lenders.floor(lent), tickets);
    return new GetCall(lent, message, job, positions, bytes, isAgain);
  }

  /** Sends what waits, as far as the bytes that are to come allow. */
  private void goOn(Lent lent, long now, Outbox out) {
    while (lent.waitingGets.peek() instanceof GetCall next
        && (lent.askedBytes == 0 || lent.askedBytes + next.bytes <= flight.lenderBytes())) {
      lent.waitingGets.remove();
      lent.askedBytes += next.bytes;
      calls.start(next, now, out);
    }
  }

  /** What waits is not sent any more: the lender cannot be heard. */
  void giveUpWaiting(Lent lent, String reason, Outbox out) {
    while (lent.waitingGets.poll() instanceof GetCall next) {
      next.giveUp(reason, out);
    }
  }

  private static @Nullable Fetched refusal(@Nullable Lent lent, int pages) {
    if (lent == null) {
      return new Fetched.Gone("this node never lent to such a lender");
    }
    Peer peer = lent.peer();
    if (peer.state == Peer.State.DEAD) {
      return new Fetched.Gone("lender " + peer.name() + " has ended");
    }
    if (!peer.alive()) {
      return new Fetched.Unavailable("lender " + peer.name() + " cannot be heard");
    }
    if (lent.pagesAsked + pages > PAGES_ASKED_MAX) {
      return new Fetched.Unavailable(
          "lender " + peer.name() + " is asked for " + lent.pagesAsked + " pages already");
    }
    return null;
  }

  void answered(Peer from, long request, Message.GetReply reply, long now, Outbox out) {
    GetCall call = calls.find(request, from, GetCall.class);
    if (call == null || reply.first() + reply.entries().size() > call.positions.size()) {
      return;
    }
    for (int i = 0; i < reply.entries().size(); i++) {
      int nth = reply.first() + i;
      if (!call.answered[nth]) {
        call.answered[nth] = true;
        call.missing--;
        answered(from, call, call.positions.get(nth), reply.entries().get(i));
      }
    }
    if (call.missing == 0) {
      calls.remove(call);
      Lent lent = call.lent();
      lent.pagesAsked -= call.positions.size();
      lent.askedBytes -= call.bytes;
      askAgain(call);
      call.job.finish(out);
      goOn(lent, now, out);
    }
  }

  private void answered(Peer from, GetCall call, int position, Message.GetEntry entry) {
    if (!entry.intact()) {
      counts.one(Count.REMOTE_PAGES_CORRUPT);
    }
    if (entry.intact() || call.isAgain) {
      call.job.settle(position, judge(from, call.job.refs.get(position), entry));
    } else {
      call.damaged.add(position);
    }
  }

  /** What was damaged is asked for once more, before anything else is. */
  private void askAgain(GetCall call) {
    if (!call.damaged.isEmpty()) {
      long bytes = 0;
      for (int position : call.damaged) {
        bytes += answerBytes(call.job.refs.get(position));
      }
      Lent lent = call.lent();
      lent.pagesAsked += call.damaged.size();
      lent.waitingGets.addFirst(getCall(lent, call.job, call.damaged, bytes, true));
    }
  }

  private Fetched judge(Peer from, PageRef ref, Message.GetEntry entry) {
    Zpage zpage = entry.zpage();
    if (zpage == null) {
      return entry.verdict() == Verdict.UNKNOWN
          ? new Fetched.Gone("lender " + from.name() + " does not have it")
          : new Fetched.Corrupt("lender " + from.name() + " has another page in its place");
    }
    if (!zpage.key().equals(ref.key()) || zpage.epoch() != ref.epoch()) {
      return new Fetched.Corrupt("lender " + from.name() + " sent another page");
    }
    if (!entry.intact()) {
      return new Fetched.Corrupt("what lender " + from.name() + " sent has a wrong checksum");
    }
    return new Fetched.Found(zpage);
  }

  private final class GetCall extends Call {

    private final Job job;
    private final List<Integer> positions;
    private final boolean[] answered;
    private final long bytes;

    /** Whether these pages have come damaged before. */
    private final boolean isAgain;

    /** Of the positions those whose pages came damaged. */
    private final List<Integer> damaged = new ArrayList<>(0);

    private int missing;

    GetCall(
        Lent lent,
        Message.Get message,
        Job job,
        List<Integer> positions,
        long bytes,
        boolean isAgain) {
      super(lent, message, true);
      this.isAgain = isAgain;
      this.job = job;
      this.positions = positions;
      this.answered = new boolean[positions.size()];
      this.missing = positions.size();
      this.bytes = bytes;
    }

    @Override
    void giveUp(String reason, long now, Outbox out) {
      lent().askedBytes -= bytes;
      giveUp(reason, out);
      goOn(lent(), now, out);
    }

    private void giveUp(String reason, Outbox out) {
      lent().pagesAsked -= positions.size();
      for (int i = 0; i < answered.length; i++) {
        if (!answered[i]) {
          job.settle(positions.get(i), new Fetched.Unavailable(reason));
        }
      }
      damaged.forEach(position -> job.settle(position, new Fetched.Unavailable(reason)));
      job.finish(out);
    }
  }

  /** One get as the dispatcher sees it. */
  private final class Job {

    private final List<PageRef> refs;
    private final @Nullable Fetched[] answers;
    private final Consumer<List<Fetched>> result;
    private int open;

    Job(List<PageRef> refs, Consumer<List<Fetched>> result) {
      this.refs = refs;
      this.answers = new @Nullable Fetched[refs.size()];
      this.result = result;
      this.open = refs.size();
    }

    void settle(int position, Fetched answer) {
      answers[position] = answer;
      open--;
      boolean dropped = spaces.isEphemeral(refs.get(position).key().space());
      if (answer instanceof Fetched.Found) {
        counts.one(dropped ? Count.REMOTE_EPH_PAGES_SUCC_GET : Count.REMOTE_PERS_PAGES_SUCC_GET);
      } else {
        counts.one(
            dropped ? Count.REMOTE_EPH_PAGES_UNSUCC_GET : Count.REMOTE_PERS_PAGES_UNSUCC_GET);
      }
    }

    /** Hands the result over when the last page is settled; after that nothing settles. */
    void finish(Outbox out) {
      if (open == 0) {
        open = -1;
        List<Fetched> all = Arrays.stream(answers).<Fetched>map(Objects::requireNonNull).toList();
        out.after(() -> result.accept(all));
      }
    }
  }
}

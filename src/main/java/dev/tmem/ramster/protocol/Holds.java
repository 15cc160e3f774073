package dev.tmem.ramster.protocol;

import dev.tmem.backend.PageRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Asks lenders whether they have what pages name. One that cannot be heard, or does not answer, is
 * taken to have it; one that has ended has nothing. Confined to the lock of the {@link PeerNode}.
 */
final class Holds {

  private final Lenders lenders;
  private final Calls calls;

  Holds(Lenders lenders, Calls calls) {
    this.lenders = lenders;
    this.calls = calls;
  }

  /**
   * @param result gets the copies that their lenders do not have, under no lock
   */
  void ask(List<PageRef> refs, Consumer<List<PageRef>> result, long now, Outbox out) {
    Job job = new Job(result);
    Map<Integer, List<PageRef>> byLender = new LinkedHashMap<>();
    for (PageRef ref : refs) {
      int lender = HandleLayout.lender(ref.handle());
      byLender.computeIfAbsent(lender, index -> new ArrayList<>()).add(ref);
    }
    byLender.forEach((lender, all) -> {
      Lent lent = lenders.at(lender);
      if (lent == null || lent.peer().state == Peer.State.DEAD) {
        job.missing.addAll(all);
      } else if (lent.peer().alive()) {
        for (int from = 0; from < all.size(); from += WireLayout.ENTRIES_MAX) {
          int to = Math.min(all.size(), from + WireLayout.ENTRIES_MAX);
          job.open++;
          calls.start(new HoldsCall(lent, all.subList(from, to), job), now, out);
        }
      }
    });
    job.closed(out);
  }

  void answered(Peer from, long request, Message.HoldsReply reply, Outbox out) {
    HoldsCall call = calls.find(request, from, HoldsCall.class);
    if (call == null || reply.verdicts().size() != call.refs.size()) {
      return;
    }
    calls.remove(call);
    for (int i = 0; i < call.refs.size(); i++) {
      if (reply.verdicts().get(i) != Verdict.DONE) {
        call.job.missing.add(call.refs.get(i));
      }
    }
    call.job.closed(out);
  }

  private static List<Ticket> tickets(List<PageRef> refs) {
    return refs.stream()
        .map(ref -> new Ticket(HandleLayout.ticket(ref.handle()), ref.key(), ref.epoch()))
        .toList();
  }

  /** The calls of one question. */
  private static final class Job {

    private final Consumer<List<PageRef>> result;
    private final List<PageRef> missing = new ArrayList<>();

    /** Calls, and the question itself while it is being asked. */
    private int open = 1;

    Job(Consumer<List<PageRef>> result) {
      this.result = result;
    }

    void closed(Outbox out) {
      open--;
      if (open == 0) {
        List<PageRef> all = Collections.unmodifiableList(missing);
        out.after(() -> result.accept(all));
      }
    }
  }

  private static final class HoldsCall extends Call {

    private final List<PageRef> refs;
    private final Job job;

    HoldsCall(Lent lent, List<PageRef> refs, Job job) {
      super(lent, new Message.Holds(tickets(refs)), true);
      this.refs = refs;
      this.job = job;
    }

    @Override
    void giveUp(String reason, long now, Outbox out) {
      job.closed(out);
    }
  }
}

package dev.tmem.ramster.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The requests that are out, by number. Each is sent again until it is answered; one that expires
 * is given up at its deadline, and all of a lender when that is given up. Bounded by the bytes and
 * pages that may be in flight, and by {@link Frees#MESSAGES_MAX}. Confined to the lock of the
 * {@link PeerNode}.
 */
final class Calls {

  private final UUID self;
  private final Timing timing;
  private final Counts counts;
  private final Map<Long, Call> out = new LinkedHashMap<>();

  private long nextRequest = 1;

  /** Not later than any time at which something is to be done; meaningful if a call is out. */
  private long due;

  Calls(UUID self, Timing timing, Counts counts) {
    this.self = self;
    this.timing = timing;
    this.counts = counts;
  }

  void start(Call call, long now, Outbox outbox) {
    call.request = nextRequest++;
    call.deadlineNanos = now + Timing.nanos(timing.callMillis());
    call.resendNanos = now + Timing.nanos(timing.resendMillis());
    long wanted = wanted(call);
    due = out.isEmpty() || wanted - due < 0 ? wanted : due;
    out.put(call.request, call);
    send(call, now, outbox);
  }

  private void send(Call call, long now, Outbox outbox) {
    int deadlineMillis =
        call.expires()
            ? (int) Math.max(1, (call.deadlineNanos - now) / 1_000_000)
            : timing.callMillis();
    Peer peer = call.lent().peer();
    outbox.send(
        peer.address(),
        new Envelope(self, peer.incarnation(), call.request, deadlineMillis, call.message()));
  }

  private static long wanted(Call call) {
    boolean deadlineFirst = call.expires() && call.deadlineNanos - call.resendNanos < 0;
    return deadlineFirst ? call.deadlineNanos : call.resendNanos;
  }

  /**
   * The call that an answer belongs to; null: there is none, or it is another's or another kind.
   */
  <C extends Call> @Nullable C find(long request, Peer from, Class<C> kind) {
    Call call = out.get(request);
    return kind.isInstance(call) && call.lent().peer() == from ? kind.cast(call) : null;
  }

  void remove(Call call) {
    out.remove(call.request);
  }

  void giveUpAll(Lent lent, String reason, long now, Outbox outbox) {
    List<Call> lost = out.values().stream().filter(call -> call.lent() == lent).toList();
    for (Call call : lost) {
      out.remove(call.request);
      call.giveUp(reason, now, outbox);
    }
  }

  void tick(long now, Outbox outbox) {
    if (out.isEmpty() || now - due < 0) {
      return;
    }
    due = now + Timing.nanos(timing.resendMillis());
    for (Call call : new ArrayList<>(out.values())) {
      if (call.expires() && now - call.deadlineNanos >= 0) {
        out.remove(call.request);
        counts.one(Count.CALLS_GIVEN_UP);
        String name = call.lent().peer().name();
        call.giveUp("no answer from " + name + " in " + timing.callMillis() + " ms", now, outbox);
        continue;
      }
      if (now - call.resendNanos >= 0) {
        call.resendNanos = now + Timing.nanos(timing.resendMillis());
        send(call, now, outbox);
      }
      long wanted = wanted(call);
      due = wanted - due < 0 ? wanted : due;
    }
  }

  /** When {@link #tick} is wanted next, if {@code other} is not earlier. */
  long due(long other) {
    return out.isEmpty() || other - due < 0 ? other : due;
  }
}

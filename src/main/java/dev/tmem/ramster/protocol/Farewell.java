package dev.tmem.ramster.protocol;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Tells every peer that this incarnation ends, again and again until each has answered, or for so
 * long as there is time. Confined to the lock of the {@link PeerNode}.
 */
final class Farewell {

  private final UUID self;
  private final Timing timing;
  private final Set<Peer> unanswered;
  private final long deadline;
  private final Runnable done;
  private boolean over;
  private long nextSend;

  Farewell(UUID self, Timing timing, List<Peer> peers, long deadline, Runnable done, long now) {
    this.self = self;
    this.timing = timing;
    this.unanswered = new LinkedHashSet<>(peers);
    this.deadline = deadline;
    this.done = done;
    this.nextSend = now;
  }

  void answered(Peer from, Outbox out) {
    unanswered.remove(from);
    endIfDone(out, false);
  }

  private void endIfDone(Outbox out, boolean late) {
    if (!over && (late || unanswered.isEmpty())) {
      over = true;
      out.after(done);
    }
  }

  void tick(long now, Outbox out) {
    endIfDone(out, now - deadline >= 0);
    if (!over && now - nextSend >= 0) {
      nextSend = now + Timing.nanos(timing.resendMillis());
      for (Peer peer : unanswered) {
        out.send(
            peer.address(),
            new Envelope(
                self, peer.incarnation(), 0, 0, new Message.Goodbye(Message.Goodbye.Kind.GONE)));
      }
    }
  }

  long due(long other) {
    if (over) {
      return other;
    }
    long due = deadline - nextSend < 0 ? deadline : nextSend;
    return due - other < 0 ? due : other;
  }
}

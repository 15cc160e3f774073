package dev.tmem.cleancache.shared.protocol;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of this node to have a successor of its view agreed upon: the proposer of one round
 * of Paxos, with one ballot. If a member has accepted another successor before, that one is
 * proposed instead, so that an attempt that was given up is brought to its end.
 *
 * <p>Confined to the lock of the {@link ViewKeeper}.
 */
final class Proposer {

  /** Ballots of different members differ in these lower bits, which are the member's index. */
  private static final int INDEX_BITS = 8;

  private final View view;
  private final long ballot;
  private final long deadline;
  private final Set<UUID> promises = new HashSet<>();
  private final Set<UUID> acceptances = new HashSet<>();
  private View successor;
  private long successorBallot;
  private boolean accepting;

  Proposer(View view, long ballot, View wanted, long deadline) {
    this.view = view;
    this.ballot = ballot;
    this.successor = wanted;
    this.deadline = deadline;
  }

  /** A ballot of this member's above another. */
  static long ballotAbove(long other, int index) {
    return (((other >>> INDEX_BITS) + 1) << INDEX_BITS) | index;
  }

  long ballot() {
    return ballot;
  }

  /** What it is asked for until there is a quorum of promises, and after that. */
  Message question() {
    return accepting
        ? new Message.Accept(view.name(), ballot, successor)
        : new Message.Prepare(view.name(), ballot);
  }

  /** Whether {@link #question} has changed, and is to be asked of everybody. */
  boolean promised(UUID by, Message.Promise promise) {
    View accepted = promise.accepted();
    if (promise.ballot() != ballot || accepting) {
      return false;
    }
    if (accepted != null && promise.acceptedBallot() > successorBallot) {
      successor = accepted;
      successorBallot = promise.acceptedBallot();
    }
    promises.add(by);
    accepting = view.isQuorum(promises);
    return accepting;
  }

  /** The view that is agreed upon now; null: not yet. */
  @Nullable View accepted(UUID by, Message.Accepted acceptance) {
    if (acceptance.ballot() != ballot || !accepting) {
      return null;
    }
    acceptances.add(by);
    return view.isQuorum(acceptances) ? successor : null;
  }

  boolean isOver(long now) {
    return now - deadline >= 0;
  }
}

package dev.tmem.cleancache.shared.protocol;

import org.jspecify.annotations.Nullable;

/**
 * This node's vote on the successor of the view it has installed: the acceptor of one round of
 * Paxos. A node that has accepted a successor grants no lease for the view any more, whether that
 * successor is agreed upon or not.
 *
 * <p>Invariants: the promise never falls; what was accepted has a ballot of at most the promise.
 *
 * <p>Confined to the lock of the {@link ViewKeeper}.
 */
final class Acceptor {

  private final ViewName view;
  private long promised;
  private long acceptedBallot;
  private @Nullable View accepted;

  Acceptor(ViewName view) {
    this.view = view;
  }

  Message prepare(long ballot) {
    if (ballot <= promised) {
      return new Message.Overtaken(view, ballot, promised);
    }
    promised = ballot;
    return new Message.Promise(view, ballot, acceptedBallot, accepted);
  }

  Message accept(long ballot, View successor) {
    if (ballot < promised) {
      return new Message.Overtaken(view, ballot, promised);
    }
    promised = ballot;
    acceptedBallot = ballot;
    accepted = successor;
    return new Message.Accepted(view, ballot);
  }

  boolean mayGrant() {
    return accepted == null;
  }

  long promised() {
    return promised;
  }
}

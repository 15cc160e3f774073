package dev.tmem.ramster.protocol;

/** Who is told what becomes of the peers. Called under the lock of the {@link PeerNode}. */
interface PeerListener {

  /** A peer is heard for the first time. */
  void met(Peer peer, Outbox out);

  /** A peer cannot be heard, and may come back. */
  void doubtful(Peer peer, String reason, long now, Outbox out);

  /** A doubtful peer was heard again: the same incarnation, with all it kept. */
  void back(Peer peer, long now, Outbox out);

  /** An incarnation has ended, and with it all it kept. */
  void dead(Peer peer, String reason, long now, Outbox out);

  /** Whether nothing here depends on that peer any more. */
  boolean forgettable(Peer peer);
}

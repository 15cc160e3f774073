package dev.tmem;

/** What carries pages between nodes. */
public enum PeerTransport {
  /**
   * A socket between each two nodes, agreed upon over the event bus; the event bus itself to a peer
   * to which there is none.
   */
  CHANNEL,
  /** The event bus alone. */
  EVENTBUS
}

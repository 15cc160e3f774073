package dev.tmem.cleancache.shared.protocol;

/** Where the state machines put what they want sent. Nothing waits; anything may be lost. */
public interface Outbox {

  void send(Member to, Message message);

  /** Sends to every node, perhaps to this one too. */
  void broadcast(Message message);

  /**
   * Asks the cluster whether this node may found a lineage; {@link ViewKeeper#mayFound} follows.
   */
  void claim();
}

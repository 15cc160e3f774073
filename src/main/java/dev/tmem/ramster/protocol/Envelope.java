package dev.tmem.ramster.protocol;

import java.util.UUID;

/**
 * A message with what surrounds it. Immutable.
 *
 * @param from incarnation of the sender
 * @param to incarnation it is meant for, and for no other; {@link #ANYONE} in gossip
 * @param request a number of the sender's, repeated by the answer
 * @param deadlineMillis how long from its arrival the sender waits for the answer; a receiver that
 *     comes to it later than that drops it. 0: it waits for none
 */
public record Envelope(UUID from, UUID to, long request, int deadlineMillis, Message message) {

  /** The incarnation that no node has. */
  public static final UUID ANYONE = new UUID(0, 0);
}

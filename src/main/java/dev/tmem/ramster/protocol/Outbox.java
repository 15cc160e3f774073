package dev.tmem.ramster.protocol;

import java.util.function.Supplier;

/**
 * Where the state machines put what is to happen once their owner's lock is released, in this
 * order. Confined to one step; an effect that has waited for something may still send when that
 * step is over, under no lock.
 */
public interface Outbox {

  /** Sends to one address. */
  void send(String address, Envelope envelope);

  /** Sends to everyone who listens. */
  void broadcast(Envelope envelope);

  /** Runs something that must not run under the lock: a caller's callback, a call of the host. */
  void after(Runnable effect);

  /** Sends what can only be worked out when the lock is released. */
  void sendAfter(String address, Supplier<Envelope> envelope);
}

package dev.tmem.cli.simulation;

import dev.tmem.CleanCache;
import dev.tmem.backend.SlowBackend;
import dev.tmem.ramster.Transport;

/**
 * Puts the parts of a simulated node together. Whoever wants to know what the simulator finds puts
 * something faulty in between.
 */
interface Wiring {

  /** Nothing in between. */
  Wiring PLAIN = new Wiring() {};

  /** What the borrower and the lender send and hear through. */
  default Transport transport(Transport network, NodeClock clock) {
    return network;
  }

  /** The RAM of peers, as the dispatcher sees it. */
  default SlowBackend peers(SlowBackend ramster, NodeClock clock) {
    return ramster;
  }

  /** A clean cache, as its user sees it. */
  default CleanCache cache(CleanCache cache) {
    return cache;
  }
}

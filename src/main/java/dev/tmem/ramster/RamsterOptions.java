package dev.tmem.ramster;

import dev.tmem.ramster.protocol.Flight;
import dev.tmem.ramster.protocol.Timing;
import java.util.UUID;

/**
 * How this node is known among its peers, and what it lends. Immutable.
 *
 * @param name the node's, unique in the cluster
 * @param incarnation never used before: a backend that is started anew needs another one
 * @param startedMillis wall clock when the incarnation began; a later one of the same name proves
 *     the end of the earlier
 * @param nodeId how the cluster manager calls the node, so that peers understand when it tells them
 *     of its leaving; empty if there is none
 * @param lendLimitBytes most bytes of own RAM for others' pages; 0: lends nothing
 * @param timing the times of the protocol
 * @param seed of the choice of lenders
 * @param flight how much may be on its way
 * @param rack what the node would be lost together with; empty: not known
 */
public record RamsterOptions(
    String name,
    UUID incarnation,
    long startedMillis,
    String nodeId,
    long lendLimitBytes,
    Timing timing,
    long seed,
    Flight flight,
    String rack) {

  public RamsterOptions {
    if (name.isEmpty() || lendLimitBytes < 0) {
      throw new IllegalArgumentException(
          "name '" + name + "', lend limit " + lendLimitBytes + ": wanted a name and at least 0");
    }
  }

  /** A new incarnation, begun now, that lends up to a limit. */
  public static RamsterOptions of(String name, long lendLimitBytes) {
    UUID incarnation = UUID.randomUUID();
    return new RamsterOptions(
        name,
        incarnation,
        System.currentTimeMillis(),
        "",
        lendLimitBytes,
        Timing.DEFAULT,
        incarnation.getMostSignificantBits(),
        Flight.DEFAULT,
        "");
  }

  public RamsterOptions withNodeId(String id) {
    return new RamsterOptions(
        name, incarnation, startedMillis, id, lendLimitBytes, timing, seed, flight, rack);
  }

  public RamsterOptions withIncarnation(UUID id) {
    return new RamsterOptions(
        name, id, startedMillis, nodeId, lendLimitBytes, timing, seed, flight, rack);
  }

  public RamsterOptions withStartedMillis(long millis) {
    return new RamsterOptions(
        name, incarnation, millis, nodeId, lendLimitBytes, timing, seed, flight, rack);
  }

  public RamsterOptions withTiming(Timing times) {
    return new RamsterOptions(
        name, incarnation, startedMillis, nodeId, lendLimitBytes, times, seed, flight, rack);
  }

  public RamsterOptions withRack(String label) {
    return new RamsterOptions(
        name, incarnation, startedMillis, nodeId, lendLimitBytes, timing, seed, flight, label);
  }

  public RamsterOptions withFlight(Flight bounds) {
    return new RamsterOptions(
        name, incarnation, startedMillis, nodeId, lendLimitBytes, timing, seed, bounds, rack);
  }
}

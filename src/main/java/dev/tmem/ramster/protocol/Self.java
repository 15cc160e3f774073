package dev.tmem.ramster.protocol;

import java.util.UUID;

/**
 * This node, as it tells the others. Immutable.
 *
 * @param name unique in the cluster
 * @param incarnation this life of it; a new one for each start
 * @param startedMillis wall clock at the start
 * @param nodeId how the cluster manager calls it; may be empty
 * @param address where it receives frames
 * @param rack what it would be lost together with; empty: not known
 */
public record Self(
    String name, UUID incarnation, long startedMillis, String nodeId, String address, String rack) {

  /** One of which nobody knows where it stands. */
  public Self(String name, UUID incarnation, long startedMillis, String nodeId, String address) {
    this(name, incarnation, startedMillis, nodeId, address, "");
  }
}

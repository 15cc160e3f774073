package dev.tmem.cli.torture;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** What is tortured. */
public enum TortureWorkload {
  /** Swap areas, and the peers that keep pages of them. */
  SWAP(2, true),
  /**
   * A clean cache that all nodes share. Nothing of it lies on a disk; and of two nodes the older
   * cannot be killed, since the younger does not go on alone.
   */
  SHARED(3, false);

  private final int minNodes;
  private final boolean hasDisk;

  TortureWorkload(int minNodes, boolean hasDisk) {
    this.minNodes = minNodes;
    this.hasDisk = hasDisk;
  }

  /** The fewest nodes of which any one can be spared. */
  int minNodes() {
    return minNodes;
  }

  /** Those of some faults that mean anything to it. */
  List<Fault> touching(List<Fault> some) {
    return some.stream().filter(fault -> hasDisk || fault != Fault.FULL_DISK).toList();
  }

  /**
   * What the nodes' states come to.
   *
   * @param states of all nodes, by name, as {@link MemberMain#STATE} tells them
   */
  Check check(Map<String, JsonObject> states) {
    return switch (this) {
      case SWAP -> new ClusterCheck(states);
      case SHARED -> new SharedCheck(states);
    };
  }
}

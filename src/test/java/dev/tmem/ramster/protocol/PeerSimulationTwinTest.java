package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Backend;
import org.junit.jupiter.api.Test;

/**
 * Whole clusters in one thread, over a bad network, against plain maps. A failure names its seed.
 */
class PeerSimulationTwinTest {

  private static final int SCHEDULES = 60;
  private static final int OFFSETS = 120;
  private static final long LEND = 96L << 10;

  @Test
  void nothingIsLostOrWrongWhateverTheNetworkDoes() {
    long first = Long.getLong("tmem.seed", 1);
    long runs = Long.getLong("tmem.runs", SCHEDULES);
    long found = 0;
    for (long seed = first; seed < first + runs; seed++) {
      try {
        found += schedule(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + " (-Dtmem.seed, -Dtmem.runs)", e);
      }
    }
    assertTrue(found > runs * 10, "only " + found + " loads found their page");
  }

  private static long schedule(long seed) {
    try (SimCluster cluster = new SimCluster(seed)) {
      int count = 2 + cluster.random.nextInt(3);
      for (int i = 0; i < count; i++) {
        cluster.start("n" + i, LEND);
      }
      cluster.run(20);
      cluster.lossy = true;
      for (int step = 0; step < 400; step++) {
        step(cluster);
        cluster.run(cluster.random.nextInt(12));
      }
      cluster.lossy = false;
      cluster.cutOff.clear();
      cluster.run(6_000);
      booksAgree(cluster);
      return emptied(cluster);
    }
  }

  private static void step(SimCluster cluster) {
    SimNode node = cluster.nodes.get(cluster.random.nextInt(cluster.nodes.size()));
    int offset = cluster.random.nextInt(OFFSETS);
    if (cluster.random.nextInt(400) == 0) {
      cluster.start(node.name, LEND);
      return;
    }
    switch (cluster.random.nextInt(42)) {
      case 40 -> node.peerNode.giveWay(cluster.random.nextInt((int) LEND), cluster.now, node.out);
      case 41 -> {
        node.store.setLendLimit(cluster.random.nextInt((int) LEND));
        node.peerNode.limitChanged(cluster.now, node.out);
      }
      case 0 -> {
        if (!cluster.cutOff.remove(node.name) && cluster.cutOff.isEmpty()) {
          cluster.cutOff.add(node.name);
        }
      }
      case 1 -> {
        String other = cluster.nodes.get(cluster.random.nextInt(cluster.nodes.size())).name;
        node.peerNode.left(other, cluster.now, node.out);
      }
      case 2 -> cluster.run(cluster.random.nextInt(1_500));
      case 3, 4, 5, 6 -> node.invalidate(offset);
      case 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 -> node.load(offset);
      case 17, 18 -> node.store(0, 1 + cluster.random.nextInt(OFFSETS));
      default -> node.store(offset, 1);
    }
    cluster.settle();
  }

  /** At rest: what owners name is what lenders keep. */
  private static void booksAgree(SimCluster cluster) {
    long named = 0;
    long kept = 0;
    for (SimNode node : cluster.nodes) {
      named += node.pages.values().stream().filter(p -> p.handle != Backend.REFUSED).count();
      kept += node.peerNode.foreignPages();
      assertEquals(0, node.peerNode.freesPending(), node.name + " has frees left");
      for (SimNode other : cluster.nodes) {
        if (other != node) {
          assertEquals(
              node.peer(other.name).lentPages(),
              other.peer(node.name).foreignPages(),
              node.name + " at " + other.name);
        }
      }
    }
    assertEquals(named, kept);
  }

  private static long emptied(SimCluster cluster) {
    long found = 0;
    for (SimNode node : cluster.nodes) {
      for (int offset = 0; offset < OFFSETS; offset++) {
        node.load(offset);
      }
      long unavailable = node.unavailable;
      cluster.run(200);
      assertEquals(unavailable, node.unavailable, "unavailable though the network is well");
      for (int offset = 0; offset < OFFSETS; offset++) {
        node.invalidate(offset);
      }
      assertTrue(node.lost == 0 || cluster.restarts() > 0, node.lost + " pages lost");
      found += node.found;
    }
    cluster.run(500);
    for (SimNode node : cluster.nodes) {
      assertEquals(0, node.peerNode.foreignPages());
      assertEquals(0, node.peerNode.foreignBytes());
    }
    return found;
  }
}

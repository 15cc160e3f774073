package dev.tmem.cli.simulation;

import java.util.List;
import java.util.SplittableRandom;

/** What clients do, one thing at a time. Confined to the thread of its schedule. */
final class Load {

  private static final int AREAS_A_NODE = 2;
  private static final int BATCH_MAX = 24;
  private static final int HOT_PAGES = 4;
  private static final int CACHE_ONE_IN = 10;

  private final Cluster cluster;
  private final Client client;
  private final SplittableRandom random;
  private final CacheClient caches;

  Load(Cluster cluster, Client client, SplittableRandom random) {
    this.cluster = cluster;
    this.client = client;
    this.random = random;
    this.caches = new CacheClient(cluster, random.split());
  }

  /** One operation on some node, if there is one that serves. */
  void one() {
    List<LiveNode> nodes = cluster.nodes();
    if (nodes.isEmpty()) {
      return;
    }
    LiveNode node = nodes.get(random.nextInt(nodes.size()));
    if (!node.serves()) {
      return;
    }
    if (random.nextInt(CACHE_ONE_IN) == 0) {
      caches.some(node);
      return;
    }
    String name = "a" + random.nextInt(AREAS_A_NODE);
    SimArea area = cluster.area(node, name);
    if (area == null) {
      cluster.swapOn(node, name);
    } else if (area.isOpen()) {
      operate(area);
    }
  }

  private void operate(SimArea area) {
    int draw = random.nextInt(104);
    // some pages see most of it, so that much is under way at once for them
    long offset = random.nextInt(random.nextBoolean() ? HOT_PAGES : area.offsets());
    if (draw >= 100) {
      chase(area, offset);
    } else if (draw < 34) {
      client.store(area, offset);
    } else if (draw < 60) {
      client.load(area, offset);
    } else if (draw < 66) {
      client.invalidate(area, new long[] {offset});
    } else if (draw < 70) {
      client.take(area, offset);
    } else if (draw < 79) {
      client.stores(area, batch(area));
    } else if (draw < 84) {
      client.loads(area, batch(area));
    } else if (draw < 86) {
      client.invalidate(area, batch(area));
    } else if (draw < 98) {
      demote(area.node());
    } else if (draw == 98) {
      client.invalidateArea(area);
    } else if (random.nextInt(3) == 0) {
      cluster.remove(area);
      client.swapOff(area);
    }
  }

  /** A load is under way while its page is replaced, sent away, and loaded again. */
  private void chase(SimArea area, long offset) {
    client.load(area, offset);
    client.store(area, offset);
    cluster.trace().say(() -> area.node().machine().name() + " demotes all");
    area.node()
        .dispatcher()
        .shrink("zram", 0)
        .onSuccess(moved -> {
          if (area.isOpen()) {
            client.load(area, offset);
          }
        });
  }

  private long[] batch(SimArea area) {
    int count = 1 + random.nextInt(Math.min(BATCH_MAX, area.offsets()));
    long[] offsets = new long[count];
    int first = random.nextInt(area.offsets());
    for (int i = 0; i < count; i++) {
      int offset = (first + i) % area.offsets();
      offsets[i] = offset;
    }
    return offsets;
  }

  /** Some of what lies in RAM goes down. */
  private void demote(LiveNode node) {
    long pages = node.dispatcher().spaces().stream().mapToLong(s -> s.counters().pages()).sum();
    long left = random.nextInt((int) pages + 1);
    cluster.trace().say(() -> node.machine().name() + " demotes all but " + left);
    node.dispatcher().shrink("zram", random.nextBoolean() ? 0 : left);
  }
}

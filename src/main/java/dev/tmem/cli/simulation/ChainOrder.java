package dev.tmem.cli.simulation;

import dev.tmem.BackendInfo;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.ramster.RamsterBackend;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * C5: backends are tried in the order of their tiers. A page goes to the disk only if the peers
 * have it, whose second copy the disk then keeps; or if they were asked for this version since it
 * went there last, and did not take it; or if they cannot be asked.
 *
 * <p>Confined to the thread of its schedule.
 */
final class ChainOrder {

  /** A backend that has been made ready for a space counts as ready after that time. */
  private static final long READY_AFTER = 1_000 * Events.MILLI;

  /** One version of a page. */
  private record Version(PageKey key, long epoch) {}

  private final Cluster cluster;
  private final LiveNode node;

  /** When the peers were made ready for a space. */
  private final Map<Integer, Long> readySince = new HashMap<>();

  /** What the peers have, or had: it may be freed while its second copy is being made. */
  private final Set<Version> atPeers = new HashSet<>();

  /** How often the peers are being asked to take it; they may be asked too long. */
  private final Map<Version, Integer> offered = new HashMap<>();

  /** How often they did not take it, each of which lets it go to the disk once. */
  private final Map<Version, Integer> refused = new HashMap<>();

  ChainOrder(Cluster cluster, LiveNode node) {
    this.cluster = cluster;
    this.node = node;
  }

  private static Version version(Zpage page) {
    return new Version(page.key(), page.epoch());
  }

  /** The peers, watched. */
  SlowBackend peers(SlowBackend ramster) {
    return new RelayedBackend(ramster) {

      @Override
      public Future<Void> init(SpaceInfo space) {
        return super.init(space)
            .onSuccess(done -> readySince.put(space.number(), cluster.events().now()));
      }

      @Override
      public Future<long[]> put(List<Zpage> pages) {
        pages.forEach(page -> offered.merge(version(page), 1, Integer::sum));
        return super.put(pages).onSuccess(handles -> answered(pages, handles));
      }

      @Override
      public Future<long[]> putApart(List<Zpage> pages, long[] first) {
        return super.putApart(pages, first).onSuccess(handles -> taken(pages, handles));
      }
    };
  }

  private void answered(List<Zpage> pages, long[] handles) {
    taken(pages, handles);
    for (int i = 0; i < handles.length; i++) {
      oneLess(offered, version(pages.get(i)));
      if (handles[i] == SlowBackend.REFUSED) {
        refused.merge(version(pages.get(i)), 1, Integer::sum);
      }
    }
  }

  /** Whether there was one. */
  private static boolean oneLess(Map<Version, Integer> counts, Version version) {
    Integer before = counts.get(version);
    counts.computeIfPresent(version, (same, count) -> count == 1 ? null : count - 1);
    return before != null;
  }

  private void taken(List<Zpage> pages, long[] handles) {
    for (int i = 0; i < handles.length; i++) {
      if (handles[i] != SlowBackend.REFUSED) {
        atPeers.add(version(pages.get(i)));
      }
    }
  }

  /** The disk, watched. */
  SlowBackend disk(SlowBackend disk) {
    return new RelayedBackend(disk) {
      @Override
      public Future<long[]> put(List<Zpage> pages) {
        pages.forEach(page -> judge(page));
        return super.put(pages);
      }
    };
  }

  private void judge(Zpage page) {
    Version version = version(page);
    boolean isAllowed =
        atPeers.contains(version) || oneLess(refused, version) || offered.containsKey(version);
    if (!isAllowed && peersCanBeAsked(page.key())) {
      cluster.report(
          new Violation(
              "C5",
              node.machine().name() + " sends " + page.key() + " to the disk before its peers"));
    }
  }

  private boolean peersCanBeAsked(PageKey key) {
    Long since = readySince.get(key.space());
    PageSpace space = null;
    for (PageSpace open : node.dispatcher().spaces()) {
      space = open.number() == key.space() ? open : space;
    }
    return since != null
        && cluster.events().now() - since > READY_AFTER
        && space != null
        && !space.modes().isWritethrough()
        && node.dispatcher().backendInfos().stream().anyMatch(ChainOrder::isActive);
  }

  private static boolean isActive(BackendInfo backend) {
    return backend.name().equals(RamsterBackend.NAME) && backend.state().equals("active");
  }
}

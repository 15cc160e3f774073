package dev.tmem.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How nodes of one machine that start at the same time become one cluster, without a lock.
 *
 * <p>Each node (1) announces in its {@code node.json} where it is going to listen, (2) reads the
 * others' files, (3) announces whom it saw, and (4) waits for those who did not see it in turn,
 * until one of them listens. Since everybody writes before reading, of two nodes at least one sees
 * the other. If both do, each will try the other, and Hazelcast decides who leads. If one does, the
 * other started earlier and will listen without it; waiting for that one cannot go in a circle,
 * because "was read before the other wrote" is an order in time.
 *
 * <p>Should a race be lost all the same, two clusters that know of each other merge after a few
 * seconds ({@link ClusterConfig}).
 *
 * <p>Confined to the thread that starts the node.
 */
final class Rendezvous {

  private static final Logger LOG = LoggerFactory.getLogger(Rendezvous.class);

  /** After that a node that announced itself and does not listen is left alone. */
  static final long MAX_WAIT_MILLIS = 30_000;

  private static final long POLL_MILLIS = 50;

  private final DataFolders folders;
  private final String cluster;

  Rendezvous(DataFolders folders, String cluster) {
    this.folders = folders;
    this.cluster = cluster;
  }

  /**
   * Steps 1 to 4 for the holder of {@code folder}.
   *
   * @return addresses at which members of the cluster listen or will listen
   */
  List<HostPort> meet(String name, DataFolder folder, HostPort own) throws IOException {
    NodeFile mine = NodeFile.announced(name, cluster, own);
    folder.announce(mine);
    List<NodeFile> seen = others(own);
    List<HostPort> addresses = addresses(seen);
    folder.announce(mine.joining(addresses));
    waitForOneOf(seen, own);
    return addresses(others(own));
  }

  /** Addresses of living nodes of the cluster, for a process that is none itself. */
  List<HostPort> members() {
    return addresses(others(null));
  }

  private List<NodeFile> others(@Nullable HostPort own) {
    List<NodeFile> others = new ArrayList<>();
    for (NodeFile file : folders.running()) {
      HostPort address = file.hazelcast();
      if (file.cluster().equals(cluster) && address != null && !address.equals(own)) {
        others.add(file);
      }
    }
    return others;
  }

  private static List<HostPort> addresses(List<NodeFile> files) {
    List<HostPort> addresses = new ArrayList<>();
    for (NodeFile file : files) {
      if (file.hazelcast() != null) {
        addresses.add(file.hazelcast());
      }
    }
    return addresses;
  }

  private void waitForOneOf(List<NodeFile> seen, HostPort own) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_WAIT_MILLIS);
    while (mustWait(seen, own)) {
      if (System.nanoTime() - end > 0) {
        LOG.warn(
            "{} announced themselves {} s ago and do not listen; going on without them",
            seen.stream().map(NodeFile::name).toList(),
            TimeUnit.MILLISECONDS.toSeconds(MAX_WAIT_MILLIS));
        return;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
    }
  }

  /** Whether nobody listens yet, and somebody who did not see us will. */
  private boolean mustWait(List<NodeFile> seen, HostPort own) {
    boolean someoneComes = false;
    for (NodeFile file : seen) {
      NodeFile now = folders.running(file.name());
      if (now == null || now.hazelcast() == null) {
        continue;
      }
      if (LocalAddress.listens(now.hazelcast())) {
        return false;
      }
      List<HostPort> joining = now.joining();
      someoneComes |= joining == null || !joining.contains(own);
    }
    return someoneComes;
  }
}

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
 * How nodes of one machine that start at the same time become one cluster, without a lock: by
 * Lamport's bakery. A node announces in its {@code node.json} where it is going to listen, reads
 * the others' files, takes a ticket above all it saw, and announces that. Then everybody knows who
 * comes before whom: a node waits until one of those before it listens, and joins them. The first
 * waits for nobody. To have them all join each other would do as well, but Hazelcast takes half a
 * minute to agree who leads.
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

  private static final long POLL_MILLIS = 20;

  private final DataFolders folders;
  private final String cluster;

  Rendezvous(DataFolders folders, String cluster) {
    this.folders = folders;
    this.cluster = cluster;
  }

  /**
   * Takes a place in the row, and waits for somebody before it to listen.
   *
   * @return addresses at which members of the cluster listen or will listen
   */
  List<HostPort> meet(String name, DataFolder folder, HostPort own) throws IOException {
    folder.announce(NodeFile.starting(name, cluster, own, NodeFile.CHOOSING));
    long ticket = 1;
    for (NodeFile other : others(own)) {
      ticket = Math.max(ticket, other.ticket() + 1);
    }
    NodeFile mine = NodeFile.starting(name, cluster, own, ticket);
    folder.announce(mine);
    return addresses(awaitEarlier(mine));
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

  /** Those before this node, as soon as one of them listens or none is left. */
  private List<NodeFile> awaitEarlier(NodeFile mine) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MAX_WAIT_MILLIS);
    while (true) {
      List<NodeFile> others = others(mine.hazelcast());
      List<NodeFile> earlier = others.stream().filter(other -> isBefore(other, mine)).toList();
      boolean choosing = others.stream().anyMatch(other -> other.ticket() == NodeFile.CHOOSING);
      boolean listening = addresses(earlier).stream().anyMatch(LocalAddress::listens);
      if (listening || (earlier.isEmpty() && !choosing)) {
        return earlier;
      }
      if (System.nanoTime() - end > 0) {
        LOG.warn(
            "{} announced themselves {} s ago and do not listen; going on without them",
            others.stream().map(NodeFile::name).toList(),
            TimeUnit.MILLISECONDS.toSeconds(MAX_WAIT_MILLIS));
        return earlier;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
    }
  }

  private static boolean isBefore(NodeFile other, NodeFile mine) {
    if (other.ticket() == NodeFile.CHOOSING) {
      return false;
    }
    return other.ticket() != mine.ticket()
        ? other.ticket() < mine.ticket()
        : String.valueOf(other.hazelcast()).compareTo(String.valueOf(mine.hazelcast())) < 0;
  }
}

package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * Starts what the command line needs: a node with a clustered Vert.x of its own, or a client, a
 * member of the cluster that is no node. Everything here blocks and is not for event loops.
 */
public final class ClusterLauncher {

  private ClusterLauncher() {}

  /**
   * Joins the cluster as a client: a Vert.x that {@link dev.tmem.Tmem#connect} can be called with.
   * Without addresses to join, the nodes of this machine are looked for ({@code tmem-data} in the
   * current folder, or the folders beside {@link TmemOptions#getDataFolder}).
   *
   * @return a Vert.x that {@link #leave} closes
   * @throws TmemException with {@link ErrorCode#NODE_UNREACHABLE} if no member is found
   */
  public static Vertx client(NodeOptions options) {
    ClusterOptions cluster = new ClusterOptions(options.getCluster());
    if (cluster.getHazelcast() == null) {
      cluster.setJoin(reachable(cluster, DataFolders.of(options.getTmem())));
    }
    Vertx vertx = ClusterMember.of(cluster, true).start();
    Membership membership = Membership.of(vertx);
    if (membership == null || membership.dataMembers() == 0) {
      leave(vertx);
      throw new TmemException(
          ErrorCode.NODE_UNREACHABLE,
          "no member of a cluster named "
              + cluster.getName()
              + " was found at "
              + cluster.getJoin());
    }
    return vertx;
  }

  private static List<HostPort> reachable(ClusterOptions cluster, DataFolders folders) {
    boolean given = !cluster.getJoin().isEmpty();
    List<HostPort> places =
        given ? cluster.getJoin() : new Rendezvous(folders, cluster.getName()).members();
    List<HostPort> open = places.stream().filter(LocalAddress::listens).toList();
    if (open.isEmpty()) {
      throw new TmemException(
          ErrorCode.NODE_UNREACHABLE,
          given
              ? "no member listens at " + places
              : "no node of a cluster named "
                  + cluster.getName()
                  + " runs in "
                  + folders.base().toAbsolutePath()
                  + "; start one there, or say where one is with --join host:port");
    }
    return open;
  }

  /** Closes what {@link #client} returned. */
  public static void leave(Vertx vertx) {
    ClusterMember.leave(vertx);
  }
}

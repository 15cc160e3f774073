package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts what the command line needs: a node with a clustered Vert.x of its own, or a client, a
 * member of the cluster that is no node. Everything here blocks and is not for event loops.
 */
public final class ClusterLauncher {

  private ClusterLauncher() {}

  /** An activation may have to write every block of the swap file. */
  private static final long START_SECONDS = 600;

  /**
   * Starts a node that shows its meters to nobody; see {@link #node(NodeOptions, MeterRegistry)}.
   */
  public static RunningNode node(NodeOptions options) {
    return node(options, new SimpleMeterRegistry());
  }

  /**
   * Starts a node, with all that it needs: folder, cluster member, verticles.
   *
   * @param registry where the node's meters are shown
   * @return the node, ready for requests
   * @throws TmemException if it cannot start; nothing is left behind then
   */
  public static RunningNode node(NodeOptions options, MeterRegistry registry) {
    TmemOptions tmem = new TmemOptions(options.getTmem());
    DataFolders folders = DataFolders.of(tmem);
    ClusterMember member = ClusterMember.of(options.getCluster(), false);
    DataFolders.Choice choice = folders.choose(tmem, 0);
    Vertx vertx = null;
    try {
      vertx = meet(member, folders, choice).start();
      TmemVerticle verticle = new TmemVerticle(tmem, registry, choice);
      Future<String> deployed = vertx.deployVerticle(verticle);
      Waiting.get(deployed, START_SECONDS, "starting node " + choice.name());
      return new RunningNode(vertx, verticle, tmem.getLeaveTimeoutMillis());
    } catch (RuntimeException failed) {
      undo(failed, vertx, choice);
      throw failed;
    }
  }

  /** With the members on this machine, if the options name none. */
  private static ClusterMember meet(
      ClusterMember member, DataFolders folders, DataFolders.Choice choice) {
    ClusterOptions cluster = member.options();
    if (cluster.getHazelcast() != null) {
      return member;
    }
    try {
      if (!cluster.getJoin().isEmpty()) {
        choice
            .folder()
            .announce(
                NodeFile.starting(
                    choice.name(), cluster.getName(), member.address(), NodeFile.FIRST));
        return member;
      }
      Rendezvous rendezvous = new Rendezvous(folders, cluster.getName());
      return member.withMembers(rendezvous.meet(choice.name(), choice.folder(), member.address()));
    } catch (IOException unusable) {
      throw new TmemException(
          ErrorCode.INVALID_OPTION,
          "dataFolder: " + choice.folder().path() + " cannot be written to: " + unusable,
          unusable);
    }
  }

  private static void undo(
      RuntimeException failed, @Nullable Vertx vertx, DataFolders.Choice choice) {
    try {
      if (vertx != null) {
        leave(vertx);
      }
    } catch (RuntimeException further) {
      failed.addSuppressed(further);
    }
    try {
      choice.folder().close();
    } catch (IOException further) {
      failed.addSuppressed(further);
    }
  }

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

package dev.tmem.node;

import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster manager knows of the members: a hint, never a proof. Members are named by their
 * Vert.x node id, which survives a merge of two parts of a cluster (Hazelcast's own does not).
 *
 * <p>Thread-safe: immutable but for Hazelcast's own state.
 */
final class Membership {

  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  /** The member attribute in which vertx-hazelcast keeps the Vert.x node id. */
  private static final String NODE_ID = "__vertx.nodeId";

  private final ClusterManager clusterManager;

  private Membership(ClusterManager clusterManager) {
    this.clusterManager = clusterManager;
  }

  /** Null if that Vert.x is not clustered. */
  static @Nullable Membership of(Vertx vertx) {
    ClusterManager manager = vertx.isClustered() ? ((VertxInternal) vertx).clusterManager() : null;
    return manager == null ? null : new Membership(manager);
  }

  /** This member's id. */
  String nodeId() {
    return clusterManager.getNodeId();
  }

  boolean isMember(String nodeId) {
    return clusterManager.getNodes().contains(nodeId);
  }

  /** Where this member's event bus listens. */
  HostPort eventBus() {
    NodeInfo info = clusterManager.getNodeInfo();
    return new HostPort(info.host(), info.port());
  }

  /** Where this member's Hazelcast listens; null with another cluster manager. */
  @Nullable HostPort hazelcastAddress() {
    HazelcastInstance hazelcast = hazelcast();
    if (hazelcast == null) {
      return null;
    }
    InetSocketAddress address = hazelcast.getCluster().getLocalMember().getSocketAddress();
    return new HostPort(address.getAddress().getHostAddress(), address.getPort());
  }

  /** The cluster's name; empty with another cluster manager. */
  String clusterName() {
    HazelcastInstance hazelcast = hazelcast();
    return hazelcast == null ? "" : hazelcast.getConfig().getClusterName();
  }

  /** How many members keep data, this one included if it does. */
  long dataMembers() {
    HazelcastInstance hazelcast = hazelcast();
    return hazelcast == null
        ? clusterManager.getNodes().size()
        : hazelcast.getCluster().getMembers().stream().filter(m -> !m.isLiteMember()).count();
  }

  private @Nullable HazelcastInstance hazelcast() {
    return clusterManager instanceof HazelcastClusterManager hazelcast
        ? hazelcast.getHazelcastInstance()
        : null;
  }

  /**
   * Tells of every member that leaves or is given up, by its node id.
   *
   * @param left called on Hazelcast's thread: must only hand over
   * @return ends the telling
   */
  Runnable onLeft(Consumer<String> left) {
    HazelcastInstance hazelcast = hazelcast();
    if (hazelcast == null) {
      LOG.warn(
          "{} tells nobody of members that leave; a dead peer is noticed by its silence alone",
          clusterManager.getClass().getName());
      return () -> {};
    }
    UUID listener =
        hazelcast
            .getCluster()
            .addMembershipListener(
                new MembershipAdapter() {
                  @Override
                  public void memberRemoved(MembershipEvent event) {
                    String nodeId = event.getMember().getAttribute(NODE_ID);
                    if (nodeId != null) {
                      left.accept(nodeId);
                    }
                  }
                });
    return () -> {
      if (hazelcast.getLifecycleService().isRunning()) {
        hazelcast.getCluster().removeMembershipListener(listener);
      }
    };
  }
}

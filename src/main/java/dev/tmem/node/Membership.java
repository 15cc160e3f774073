package dev.tmem.node;

import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.InetSocketAddress;
import java.util.List;
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

  /** Whether others would find this member if they sent something to that address of its own. */
  Future<Boolean> isFoundAt(String address) {
    Promise<NodeInfo> info = Promise.promise();
    Promise<List<RegistrationInfo>> registrations = Promise.promise();
    clusterManager.getNodeInfo(nodeId(), info);
    clusterManager.getRegistrations(address, registrations);
    Future<Boolean> known = info.future().map(true).otherwise(false);
    Future<Boolean> registered =
        registrations
            .future()
            .map(all -> all.stream().anyMatch(one -> one.nodeId().equals(nodeId())));
    return known.compose(isKnown -> registered.map(isRegistered -> isKnown && isRegistered));
  }

  /**
   * Has the cluster manager publish where this member is and what it listens to, as it does when
   * two parts of the cluster have merged. Blocks for as long as the cluster's maps take.
   */
  void publishAgain() {
    if (clusterManager instanceof HazelcastClusterManager hazelcast) {
      hazelcast.stateChanged(new LifecycleEvent(LifecycleEvent.LifecycleState.MERGED));
    }
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

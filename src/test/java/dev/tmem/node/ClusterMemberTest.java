package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.core.HazelcastInstance;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class ClusterMemberTest {

  private static ClusterOptions cluster(String name) {
    return new ClusterOptions().setName(name);
  }

  private static Membership membership(Vertx vertx) {
    return Objects.requireNonNull(Membership.of(vertx));
  }

  @Test
  void membersOnLoopbackFindEachOtherAndTalk() throws Exception {
    ClusterMember first = ClusterMember.of(cluster("talk"), false);
    Vertx one = first.start();
    try {
      Vertx two =
          ClusterMember.of(cluster("talk"), true).withMembers(List.of(first.address())).start();
      try {
        Membership membership = membership(two);
        assertEquals(1, membership.dataMembers(), "a lite member keeps no data");
        assertEquals("talk", membership.clusterName());
        one.eventBus()
            .consumer("echo", message -> message.reply(message.body()))
            .completion()
            .await(Until.SECONDS, TimeUnit.SECONDS);
        Object reply =
            two.eventBus().request("echo", "hello").await(Until.SECONDS, TimeUnit.SECONDS).body();
        assertEquals("hello", reply);
        CompletableFuture<String> left = new CompletableFuture<>();
        String gone = membership.nodeId();
        membership(one).onLeft(left::complete);
        ClusterMember.leave(two);
        assertEquals(gone, left.get(Until.SECONDS, TimeUnit.SECONDS));
      } finally {
        ClusterMember.leave(two);
      }
    } finally {
      ClusterMember.leave(one);
    }
  }

  private static HazelcastInstance hazelcast(Vertx vertx) {
    return ((HazelcastClusterManager) ((VertxInternal) vertx).clusterManager())
        .getHazelcastInstance();
  }

  private static boolean echoes(Vertx vertx) {
    DeliveryOptions soon = new DeliveryOptions().setSendTimeout(1_000);
    try {
      return "hello".equals(Until.done(vertx.eventBus().request("echo", "hello", soon)).body());
    } catch (ReplyException silence) {
      return false;
    }
  }

  /** What a merge of two parts of a cluster may leave behind when it goes wrong. */
  @Test
  void aMemberThatTheClusterHasForgottenIsFoundAgain() throws Exception {
    ClusterMember first = ClusterMember.of(cluster("forgotten"), false);
    Vertx one = first.start();
    NodeScheduler scheduler = new NodeScheduler("one");
    RegistrationWatch watch = new RegistrationWatch(membership(one), "echo", scheduler, 50);
    try {
      Vertx two =
          ClusterMember.of(cluster("forgotten"), false)
              .withMembers(List.of(first.address()))
              .start();
      try {
        Until.done(
            one.eventBus()
                .consumer("echo", message -> message.reply(message.body()))
                .completion()
                .map(true));
        Until.until(() -> echoes(two), "one is found");
        hazelcast(two).getMultiMap("__vertx.subs").remove("echo");
        hazelcast(two).getMap("__vertx.nodeInfo").remove(membership(one).nodeId());
        Until.until(() -> !echoes(two), "one is forgotten");
        assertFalse(Until.done(membership(one).isFoundAt("echo")));
        watch.start();
        Until.until(() -> echoes(two), "one is found again");
        assertTrue(Until.done(membership(one).isFoundAt("echo")));
      } finally {
        ClusterMember.leave(two);
      }
    } finally {
      watch.stop();
      ClusterMember.leave(one);
      scheduler.close();
    }
  }

  @Test
  void aPortOfTheEventBusInUseIsRefused() throws Exception {
    try (var taken = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      TmemException refused =
          Assertions.assertThrows(
              TmemException.class,
              () -> ClusterMember.of(cluster("x").setEventBusPort(port), false));
      assertTrue(refused.toString().contains("cluster.eventBusPort: " + port), refused.toString());
    }
  }

  @Test
  void aPortInUseIsRefused() throws Exception {
    try (var taken = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      TmemException refused =
          Assertions.assertThrows(
              TmemException.class, () -> ClusterMember.of(cluster("x").setPort(port), false));
      Assertions.assertTrue(
          refused.toString().contains("cluster.port: " + port), refused.toString());
    }
  }
}

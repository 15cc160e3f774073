package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Vertx;
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

package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.Until;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes, as the command line starts them, several in one JVM. */
class ClusterLauncherTest {

  @TempDir Path base;

  private NodeOptions options(String name) {
    NodeOptions options = new NodeOptions();
    options
        .getTmem()
        .setName(name)
        .setDataFolder(base.resolve(name).toString())
        .setMemoryLimit(32 << 20)
        .setSwapFileSize(0);
    options.getCluster().setName(base.getFileName().toString());
    return options;
  }

  private static long members(RunningNode node) {
    return Objects.requireNonNull(Membership.of(node.vertx())).dataMembers();
  }

  @Test
  void nodesThatStartAtTheSameTimeBecomeOneClusterAndAClientFindsIt() throws Exception {
    var starts =
        List.of("alpha", "beta", "gamma").stream()
            .map(name -> CompletableFuture.supplyAsync(() -> ClusterLauncher.node(options(name))))
            .toList();
    for (CompletableFuture<RunningNode> start : starts) {
      start.get(Until.SECONDS, TimeUnit.SECONDS);
    }
    List<RunningNode> nodes = starts.stream().map(CompletableFuture::join).toList();
    try {
      for (RunningNode node : nodes) {
        assertEquals(3, members(node));
      }
      RunningNode alpha = nodes.getFirst();
      assertTrue(
          alpha
              .readyLine()
              .matches(
                  "ready alpha eventbus=127\\.0\\.0\\.1:\\d+ cluster=127\\.0\\.0\\.1:\\d+"
                      + " incarnation=[-0-9a-f]{36} memory=32\\.0MiB swap=0B"),
          alpha.readyLine());
      // The same name again, with a folder of its own.
      NodeOptions twice = options("alpha");
      twice.getTmem().setDataFolder(base.resolve("twice").toString());
      TmemException refused = assertThrows(TmemException.class, () -> ClusterLauncher.node(twice));
      assertEquals(ErrorCode.NAME_TAKEN, refused.code());
      assertFalse(DataFolder.isHeld(base.resolve("twice")));
      clientSees(alpha);
    } finally {
      nodes.forEach(RunningNode::close);
    }
    assertEquals(List.of(), new DataFolders(base).running());
  }

  private void clientSees(RunningNode node) {
    Vertx client = ClusterLauncher.client(options("nobody"));
    try {
      Membership membership = Objects.requireNonNull(Membership.of(client));
      assertEquals(3, membership.dataMembers());
      assertEquals(3, members(node), "a client keeps none of the cluster's data");
    } finally {
      ClusterLauncher.leave(client);
    }
  }

  @Test
  void aClientWithoutAClusterIsToldSo() {
    TmemException none =
        assertThrows(TmemException.class, () -> ClusterLauncher.client(options("x")));
    assertEquals(ErrorCode.NODE_UNREACHABLE, none.code());
    assertTrue(none.toString().contains(base.toString()), none.toString());
    NodeOptions joining = options("x");
    joining.getCluster().setJoin(List.of(new HostPort("127.0.0.1", 1)));
    TmemException unreachable =
        assertThrows(TmemException.class, () -> ClusterLauncher.client(joining));
    assertTrue(unreachable.toString().contains("127.0.0.1:1"), unreachable.toString());
  }

  @Test
  void aNameTakenInTheClusterIsPassedOverByANodeWithoutOne() {
    try (RunningNode first = ClusterLauncher.node(options("node-1"))) {
      HostPort address =
          Objects.requireNonNull(
              Objects.requireNonNull(Membership.of(first.vertx())).hazelcastAddress());
      NodeOptions nameless = options("x");
      JsonObject json = nameless.toJson();
      json.remove("name");
      json.put("dataFolder", base.resolve("elsewhere/own").toString());
      json.getJsonObject("cluster").put("join", address.toString());
      try (RunningNode second = ClusterLauncher.node(new NodeOptions(json))) {
        assertEquals("node-2", second.tmem().nodeName());
        assertEquals(2, members(second));
      }
    }
  }

  @Test
  void aHazelcastFileIsUsedAsAWhole() throws Exception {
    Path file = base.resolve("hazelcast.yaml");
    String text =
        Files.readString(Path.of("cluster-config/hazelcast.yaml"))
            .replace("cluster-name: tmem", "cluster-name: from-file")
            .replace("5701", "" + LocalAddress.freePort(ClusterOptions.LOOPBACK));
    Files.writeString(file, text);
    NodeOptions options = options("filed");
    options.getCluster().setHazelcast(file.toString());
    try (RunningNode node = ClusterLauncher.node(options)) {
      Membership membership = Objects.requireNonNull(Membership.of(node.vertx()));
      assertEquals("from-file", membership.clusterName());
      assertEquals(ClusterOptions.LOOPBACK, membership.eventBus().host());
      NodeFile announced = Objects.requireNonNull(new DataFolders(base).running("filed"));
      assertEquals("from-file", announced.cluster());
      assertEquals(membership.hazelcastAddress(), announced.hazelcast());
      assertEquals(membership.eventBus(), announced.eventBus());
    }
  }

  @Test
  void whatIsWrongWithTheOptionsIsFoundBeforeAnythingStarts() {
    NodeOptions foreignHost = options("x");
    foreignHost.getCluster().setHost("192.0.2.1");
    TmemException refused =
        assertThrows(TmemException.class, () -> ClusterLauncher.node(foreignHost));
    assertEquals(ErrorCode.INVALID_OPTION, refused.code());
    assertTrue(refused.toString().contains("192.0.2.1"), refused.toString());
    assertFalse(Files.exists(base.resolve("x")));
    assertEquals(TmemOptions.DEFAULT_MAX_AREAS, foreignHost.getTmem().getMaxAreas());
  }
}

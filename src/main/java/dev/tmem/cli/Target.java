package dev.tmem.cli;

import dev.tmem.node.ClusterOptions;
import dev.tmem.node.HostPort;
import dev.tmem.node.NodeOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which node a client command talks to. Confined to the main thread. */
final class Target {

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "The node to talk to (default: the only one there is).")
  private @Nullable String node;

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT,...",
      description =
          "Where members of the cluster listen (default: those of tmem-data in this folder).")
  private @Nullable String join;

  @Option(
      names = "--hazelcast",
      paramLabel = "FILE",
      description = "A whole Hazelcast configuration, as the nodes have it.")
  private @Nullable Path hazelcast;

  @Nullable String node() {
    return node;
  }

  /** How to join as a client. */
  NodeOptions options() {
    ClusterOptions cluster = new ClusterOptions();
    if (join != null) {
      cluster.setJoin(HostPort.parseList("--join", join));
    }
    if (hazelcast != null) {
      cluster.setHazelcast(hazelcast.toString());
    }
    return new NodeOptions().setCluster(cluster);
  }
}

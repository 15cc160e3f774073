package dev.tmem.cli;

import dev.tmem.TmemOptions;
import dev.tmem.cli.terminal.Terminal;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.ClusterOptions;
import dev.tmem.node.HostPort;
import dev.tmem.node.NodeOptions;
import dev.tmem.node.RunningNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A node in the foreground. Confined to the main thread. */
@Command(
    name = "node",
    description = {
      "Run a cluster node in the foreground until it is told to end (SIGTERM, Ctrl-C).",
      "",
      "It writes a line 'ready' when it takes requests. Without options it finds name, ports and"
          + " the other nodes of this folder by itself. What is given here goes before --config."
    })
final class NodeCommand implements Callable<Integer> {

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Unique in the cluster (default: node-1 upward).")
  private @Nullable String name;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of its swap file (default: tmem-data/NAME).")
  private @Nullable Path data;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "JSON or YAML; cluster-config/node.yaml shows every key.")
  private @Nullable Path config;

  @Option(
      names = "--join",
      paramLabel = "HOST:PORT,...",
      description = "Where other nodes listen (default: those beside its own folder).")
  private @Nullable String join;

  @Option(
      names = "--hazelcast",
      paramLabel = "FILE",
      description = "A whole Hazelcast configuration, XML or YAML, in place of the embedded one.")
  private @Nullable Path hazelcast;

  @Option(
      names = "--while-stdin-is-open",
      hidden = true,
      description = "Leave when standard input ends: when the process that started it has died.")
  private boolean whileStdinIsOpen;

  private final Terminal terminal;

  NodeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** The file's options, with those of the command line in their place. */
  NodeOptions options() {
    NodeOptions options = config == null ? new NodeOptions() : NodeOptions.read(config);
    TmemOptions node = options.getTmem();
    ClusterOptions cluster = options.getCluster();
    if (name != null) {
      node.setName(name);
    }
    if (data != null) {
      node.setDataFolder(data.toString());
    }
    if (join != null) {
      cluster.setJoin(HostPort.parseList("--join", join));
    }
    if (hazelcast != null) {
      cluster.setHazelcast(hazelcast.toString());
    }
    return options;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    RunningNode node = ClusterLauncher.node(options());
    try (node) {
      node.closeAtShutdown();
      terminal.print(node.readyLine());
      terminal.out().flush();
      awaitEnd();
    }
    return node.hasLeftInOrder() ? ExitCode.DONE : ExitCode.FAILED;
  }

  /** A signal ends the process, not this method: the node leaves in a shutdown hook. */
  private void awaitEnd() throws IOException, InterruptedException {
    if (whileStdinIsOpen) {
      System.in.transferTo(OutputStream.nullOutputStream());
    } else {
      new CountDownLatch(1).await();
    }
  }
}

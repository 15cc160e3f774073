package dev.tmem.cli.demo;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.TmemOptions;
import dev.tmem.node.ClusterOptions;
import dev.tmem.node.NodeOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of the demonstration and the folder with everything they write. Both are gone when it
 * is closed, or when this process ends for any reason but SIGKILL; then the nodes notice that their
 * standard input is closed, and leave.
 *
 * <p>Thread-safe: its own monitor.
 */
final class DemoCluster implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DemoCluster.class);

  private final Path folder;
  private final String clusterName;
  private final Thread hook = new Thread(this::abandon, "end of the demonstration");

  @GuardedBy("this")
  private final List<NodeProcess> nodes = new ArrayList<>();

  @GuardedBy("this")
  private boolean ended;

  DemoCluster() throws IOException {
    this.folder = Files.createTempDirectory("tmem-demo-");
    this.clusterName = "tmem-demo-" + ProcessHandle.current().pid();
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts all nodes side by side and waits until each takes requests. */
  void start(JavaCommand java, DemoOptions options, long dataBytes) throws IOException {
    for (int number = 1; number <= options.nodes(); number++) {
      String name = "demo-" + number;
      Path own = Files.createDirectories(folder.resolve(name));
      NodeOptions node =
          new NodeOptions()
              .setTmem(
                  new TmemOptions()
                      .setName(name)
                      .setDataFolder(own.toString())
                      .setMemoryLimit(options.poolBytes())
                      .setLendLimit(options.lendBytes())
                      .setSwapFileSize(
                          number == 1
                              ? DemoOptions.swapFileBytes(dataBytes)
                              : TmemOptions.MIN_SWAP_FILE_SIZE))
              .setCluster(new ClusterOptions().setName(clusterName));
      Path config = folder.resolve(name + ".json");
      Files.writeString(config, node.toJson().encodePrettily());
      add(NodeProcess.start(java, name, config, own));
    }
    for (NodeProcess node : nodes()) {
      node.awaitReady();
    }
  }

  private synchronized void add(NodeProcess node) {
    if (ended) {
      node.destroy();
    }
    nodes.add(node);
  }

  synchronized List<NodeProcess> nodes() {
    return List.copyOf(nodes);
  }

  NodeProcess node(String name) {
    return nodes().stream().filter(node -> node.name().equals(name)).findFirst().orElseThrow();
  }

  /** How a client joins these nodes: it looks for them in the folder. */
  NodeOptions client() {
    return new NodeOptions()
        .setTmem(new TmemOptions().setDataFolder(folder.resolve("client").toString()))
        .setCluster(new ClusterOptions().setName(clusterName));
  }

  /** Lets the nodes leave in order. Idempotent. */
  @Override
  public void close() throws IOException {
    List<NodeProcess> left;
    synchronized (this) {
      if (ended) {
        return;
      }
      left = List.copyOf(nodes);
    }
    left.forEach(NodeProcess::leave);
    left.forEach(NodeProcess::awaitEnd);
    abandon();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      return; // the hook runs or has run, and finds nothing left to do
    }
  }

  /** Ends whatever still runs, and deletes the folder. Idempotent. */
  private void abandon() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      nodes.forEach(NodeProcess::destroy);
      nodes.forEach(NodeProcess::awaitEnd);
    }
    delete();
  }

  private void delete() {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException undeletable) {
      LOG.warn("{} could not be deleted: {}", folder, undeletable.toString());
    }
  }
}

package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.ClusterOptions;
import dev.tmem.node.NodeOptions;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A {@link BusNodeMain} in a process of its own on this machine, and this process's stay in its
 * cluster. Closing it ends the process and deletes what it wrote. Confined to the main thread.
 */
final class BusNode implements AutoCloseable {

  private static final long READY_SECONDS = 300;
  private static final int HEAP_MIB = 512;

  private final Path folder;
  private final JobProcess process;
  private final CompletableFuture<String> ready = new CompletableFuture<>();
  private final Vertx vertx;
  private final SwapArea area;

  private BusNode(Path folder, int pages, long seed)
      throws IOException, InterruptedException, TimeoutException {
    this.folder = folder;
    String cluster = "tmem-bench-" + ProcessHandle.current().pid();
    this.process =
        JobProcess.start(
            JobJvm.ofThis()
                .command(
                    BusNodeMain.class,
                    List.of(
                        "-Xms" + HEAP_MIB + "m",
                        "-Xmx" + HEAP_MIB + "m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:MaxDirectMemorySize=1t"),
                    BusNodeMain.arguments(folder, cluster, pages, seed)));
    Vertx joined = null;
    boolean connected = false;
    try {
      awaitReady();
      joined =
          ClusterLauncher.client(
              new NodeOptions()
                  .setTmem(new TmemOptions().setDataFolder(folder.resolve("client").toString()))
                  .setCluster(new ClusterOptions().setName(cluster)));
      Tmem node = Tmem.connect(joined, BusNodeMain.NODE).await();
      this.vertx = joined;
      this.area = node.swapOn("pages", new SwapAreaOptions()).await();
      connected = true;
    } finally {
      if (!connected) {
        process.close();
        if (joined != null) {
          ClusterLauncher.leave(joined);
        }
        TestedNode.remove(folder);
      }
    }
  }

  static BusNode start(int pages, long seed)
      throws IOException, InterruptedException, TimeoutException {
    return new BusNode(Files.createTempDirectory("tmem-bench-"), pages, seed);
  }

  private void awaitReady() throws IOException, InterruptedException, TimeoutException {
    Thread.ofPlatform().daemon().name("words of the node").start(this::read);
    try {
      ready.get(READY_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException ended) {
      throw new IOException(ended.getCause());
    }
  }

  private void read() {
    try {
      int exit =
          process.lines(line -> {
            if (line.equals(BusNodeMain.READY)) {
              ready.complete(line);
            }
          });
      ready.completeExceptionally(new IOException("the node's process ended with " + exit));
    } catch (IOException failed) {
      ready.completeExceptionally(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The Vert.x of this process. */
  Vertx vertx() {
    return vertx;
  }

  /** The area of the node, over the event bus. */
  SwapArea area() {
    return area;
  }

  @Override
  public void close() throws IOException {
    try {
      process.close();
      ClusterLauncher.leave(vertx);
    } finally {
      TestedNode.remove(folder);
    }
  }
}

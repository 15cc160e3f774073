package dev.tmem.cli.bench;

import dev.tmem.SharedCleanCache;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Nodes that share a cache: one in this process, and others in processes of their own. Closing it
 * ends them and deletes what they wrote. Confined to the main thread.
 */
final class SharedNodes implements AutoCloseable {

  private static final long READY_SECONDS = 300;
  private static final long LOOK_MILLIS = 2;
  private static final int HEAP_MIB = 256;

  private final Path folder;
  private final String cluster = "tmem-bench-" + ProcessHandle.current().pid();
  private final Map<String, JobProcess> others = new LinkedHashMap<>();
  private final RunningNode own;
  private final SharedCleanCache cache;

  private SharedNodes(Path folder) {
    this.folder = folder;
    this.own = ClusterLauncher.node(SharedMain.options(folder, cluster, "own"));
    this.cache = SharedMain.open(own);
  }

  static SharedNodes start() throws IOException {
    return new SharedNodes(Files.createTempDirectory("tmem-bench-"));
  }

  /** Starts nodes in processes of their own, at once; they keep pages when the call returns. */
  void add(String... names) throws IOException, InterruptedException, TimeoutException {
    int before = members();
    List<CompletableFuture<Boolean>> ready = new ArrayList<>();
    for (String name : names) {
      ready.add(start(name));
    }
    try {
      for (CompletableFuture<Boolean> one : ready) {
        one.get(READY_SECONDS, TimeUnit.SECONDS);
      }
    } catch (ExecutionException ended) {
      throw new IOException(ended.getCause());
    }
    awaitMembers(before + names.length);
  }

  /** Completes when that node takes requests. */
  private CompletableFuture<Boolean> start(String name) throws IOException {
    JobProcess process =
        JobProcess.start(
            JobJvm.ofThis()
                .command(
                    SharedMain.class,
                    List.of("-Xmx" + HEAP_MIB + "m", "-XX:MaxDirectMemorySize=1t"),
                    SharedMain.arguments(folder, cluster, name)));
    others.put(name, process);
    CompletableFuture<Boolean> ready = new CompletableFuture<>();
    Thread.ofPlatform().daemon().name("words of " + name).start(() -> read(process, ready));
    return ready;
  }

  private static void read(JobProcess process, CompletableFuture<Boolean> ready) {
    try {
      int exit =
          process.lines(line -> {
            if (line.equals(SharedMain.READY)) {
              ready.complete(true);
            }
          });
      ready.completeExceptionally(new IOException("the node's process ended with " + exit));
    } catch (IOException failed) {
      ready.completeExceptionally(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Kills a node; the others do not know of it yet. */
  void kill(String name) {
    JobProcess process = others.remove(name);
    if (process != null) {
      process.close();
    }
  }

  /** Waits until this node serves in a view of so many members. */
  void awaitMembers(int count) throws TimeoutException {
    long began = System.nanoTime();
    while (members() != count) {
      if (System.nanoTime() - began > TimeUnit.SECONDS.toNanos(READY_SECONDS)) {
        throw new TimeoutException("waited in vain for a view of " + count + " members");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    }
  }

  private int members() {
    JsonObject shared = own.tmem().admin("shared", new JsonObject()).await();
    return shared.getBoolean("lease") ? shared.getJsonArray("members").size() : 0;
  }

  /** Pages of the home that has most of them, to the mean, if all nodes are asked. */
  double fullest() {
    long most = SharedMain.pages(own).await();
    long sum = most;
    for (String name : others.keySet()) {
      long pages = SharedMain.pagesAt(own.vertx(), name).await();
      most = Math.max(most, pages);
      sum += pages;
    }
    return (double) most * (others.size() + 1) / sum;
  }

  RunningNode own() {
    return own;
  }

  List<String> names() {
    return List.copyOf(others.keySet());
  }

  SharedCleanCache cache() {
    return cache;
  }

  @Override
  public void close() throws IOException {
    try {
      others.values().forEach(JobProcess::close);
      own.close();
    } finally {
      TestedNode.remove(folder);
    }
  }
}

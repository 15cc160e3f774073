package dev.tmem.cli.bench;

import dev.tmem.CleanCacheOptions;
import dev.tmem.ObjectKey;
import dev.tmem.SharedCleanCache;
import dev.tmem.TmemOptions;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.ClusterOptions;
import dev.tmem.node.NodeOptions;
import dev.tmem.node.RunningNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * A further node of {@link SharedJob}, as {@code ./tmem node} starts it, which has pages loaded
 * when it is asked to. It ends with whoever started it. Confined to the main thread.
 */
public final class SharedMain {

  /** What it writes when it takes requests. */
  static final String READY = "ready";

  static final UUID CACHE = UUID.fromString("b5a7c0de-0000-4000-8000-000000000001");

  /** Of an object to be loaded; the answer is how often that called the loader. */
  private static final String DESK = "bench.shared.";

  private static final String PAGES = ".pages";

  /** A loader that takes its time, so that others ask meanwhile. */
  private static final long LOAD_MILLIS = 20;

  private static final long MEMORY_BYTES = 256L << 20;

  private SharedMain() {}

  static List<String> arguments(Path folder, String cluster, String name) {
    return List.of(folder.toString(), cluster, name);
  }

  /** Takes requests until it is ended. */
  public static void main(String[] arguments) {
    PrintStream out = JobMain.begin();
    String name = arguments[2];
    RunningNode node = ClusterLauncher.node(options(Path.of(arguments[0]), arguments[1], name));
    SharedCleanCache cache = open(node);
    node.vertx()
        .eventBus()
        .<Long>consumer(DESK + name, request -> serve(node.vertx(), cache, request))
        .completion()
        .await();
    node.vertx()
        .eventBus()
        .<String>consumer(DESK + name + PAGES, request -> pages(node).onSuccess(request::reply))
        .completion()
        .await();
    out.println(READY);
    out.flush();
  }

  static SharedCleanCache open(RunningNode node) {
    return node.tmem().sharedCleanCache(CACHE, new CleanCacheOptions()).await();
  }

  private static void serve(Vertx vertx, SharedCleanCache cache, Message<Long> request) {
    load(vertx, cache, request.body())
        .onSuccess(request::reply)
        .onFailure(failure -> request.fail(0, failure.getMessage()));
  }

  /** Pages of which a node is the home. */
  static Future<Long> pages(RunningNode node) {
    return node.tmem()
        .admin("shared", new JsonObject())
        .map(shared -> shared.getJsonObject("pages").getLong(CACHE.toString(), 0L));
  }

  /** The same of another node. */
  static Future<Long> pagesAt(Vertx vertx, String name) {
    return vertx.eventBus().<Long>request(DESK + name + PAGES, "").map(Message::body);
  }

  /** Asks a node to load an object; 1 if that called the loader, else 0. */
  static Future<Integer> loadAt(Vertx vertx, String name, long object) {
    return vertx.eventBus().<Integer>request(DESK + name, object).map(Message::body);
  }

  /** Has an object loaded; 1 if that called the loader, else 0. */
  static Future<Integer> load(Vertx vertx, SharedCleanCache cache, long object) {
    int[] calls = {0};
    return cache
        .getOrLoad(
            ObjectKey.of(object),
            0,
            () -> {
              calls[0]++;
              return vertx.timer(LOAD_MILLIS).map(late -> Buffer.buffer("object " + object));
            })
        .map(page -> calls[0]);
  }

  static NodeOptions options(Path folder, String cluster, String name) {
    return new NodeOptions()
        .setTmem(
            new TmemOptions()
                .setName(name)
                .setDataFolder(folder.resolve(name).toString())
                .setMemoryLimit(MEMORY_BYTES)
                .setLendLimit(0)
                .setSwapFileSize(0))
        .setCluster(new ClusterOptions().setName(cluster));
  }
}

package dev.tmem.cli.bench;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Tmem;
import dev.tmem.TmemOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * A whole node in this process, as {@link Tmem#start} gives it to a user without a cluster, with
 * more memory than it needs and the smallest swap file there is. Thread-safe.
 */
final class TestedNode implements AutoCloseable {

  private static final long BASE_BYTES = 256L << 20;
  private static final long COMMAND_MINUTES = 10;
  private static final String RAM = "zram";

  private final Path folder;
  private final Vertx vertx;
  private final Tmem tmem;
  private final SwapArea area;

  private TestedNode(Path folder, Vertx vertx, Tmem tmem, SwapArea area) {
    this.folder = folder;
    this.vertx = vertx;
    this.tmem = tmem;
    this.area = area;
  }

  /** Starts one with room for that many pages, however badly they compress. */
  static TestedNode start(long pages) throws IOException {
    Path folder = Files.createTempDirectory("tmem-bench-");
    Vertx vertx = Vertx.vertx();
    boolean started = false;
    try {
      TmemOptions options =
          new TmemOptions()
              .setName("bench")
              .setDataFolder(folder.toString())
              .setMemoryLimit(BASE_BYTES + pages * (Corpus.PAGE_BYTES * 5 / 4))
              .setLendLimit(0)
              .setSwapFileSize(TmemOptions.MIN_SWAP_FILE_SIZE);
      Tmem tmem = Tmem.start(vertx, options).await();
      SwapArea area = tmem.swapOn("pages", new SwapAreaOptions()).await();
      started = true;
      return new TestedNode(folder, vertx, tmem, area);
    } finally {
      if (!started) {
        vertx.close().await();
        remove(folder);
      }
    }
  }

  SwapArea area() {
    return area;
  }

  /** A further area. */
  SwapArea area(String name) {
    return await(tmem.swapOn(name, new SwapAreaOptions()));
  }

  /** A clean cache. */
  CleanCache cache(String name) {
    return await(tmem.cleanCache(name, new CleanCacheOptions()));
  }

  /** A keeper for one thread. */
  PageKeeper keeper() {
    return new AreaKeeper(area);
  }

  void clear() {
    await(area.invalidateArea());
  }

  /** Bytes of the zpages held; same-filled ones have none. */
  long compressedBytes() {
    return ram().getLong("compr_data_size");
  }

  private JsonObject ram() {
    JsonObject answer = await(tmem.admin("stats", new JsonObject()));
    return answer.getJsonArray("backends").stream()
        .map(JsonObject.class::cast)
        .filter(backend -> backend.getString("name").equals(RAM))
        .findFirst()
        .orElseThrow()
        .getJsonObject("counters");
  }

  /** Gives back what can be had by moving pages together. */
  void compact() {
    await(tmem.admin("compact", new JsonObject()));
  }

  /** Does at once what the node does by itself when nobody asks anything of it for a while. */
  void quietHours() {
    await(tmem.admin("mark-idle", new JsonObject()));
    await(tmem.admin("recompress", new JsonObject().put("what", "idle")));
    compact();
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(COMMAND_MINUTES, TimeUnit.MINUTES);
    } catch (TimeoutException late) {
      throw new IllegalStateException("no answer in " + COMMAND_MINUTES + " minutes", late);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      await(tmem.close());
      await(vertx.close());
    } finally {
      remove(folder);
    }
  }

  static void remove(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }
}

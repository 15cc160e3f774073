package dev.tmem.cli.bench;

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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A whole node whose pages go to its swap file. Confined to one thread. */
final class DiskNode implements AutoCloseable {

  private static final long COMMAND_MINUTES = 10;

  private final Path folder;
  private final Vertx vertx;
  private final Tmem tmem;

  private DiskNode(Path folder, Vertx vertx, Tmem tmem) {
    this.folder = folder;
    this.vertx = vertx;
    this.tmem = tmem;
  }

  static DiskNode start(long memoryBytes, long swapBytes) throws IOException {
    Path folder = Files.createTempDirectory("tmem-bench-");
    Vertx vertx = Vertx.vertx();
    boolean started = false;
    try {
      TmemOptions options =
          new TmemOptions()
              .setName("bench")
              .setDataFolder(folder.toString())
              .setMemoryLimit(Math.max(memoryBytes, TmemOptions.MIN_MEMORY_LIMIT))
              .setLendLimit(0)
              .setSwapFileSize(Math.max(swapBytes, TmemOptions.MIN_SWAP_FILE_SIZE));
      Tmem tmem = await(Tmem.start(vertx, options));
      started = true;
      return new DiskNode(folder, vertx, tmem);
    } finally {
      if (!started) {
        await(vertx.close());
        TestedNode.remove(folder);
      }
    }
  }

  Vertx vertx() {
    return vertx;
  }

  /** Where something else may lie on the same disk. */
  Path folder() {
    return folder;
  }

  SwapArea area(String name, SwapAreaOptions options) {
    return await(tmem.swapOn(name, options));
  }

  /**
   * @param tiers the backends it uses; none: all
   */
  SwapArea area(String name, List<String> tiers) {
    return await(tmem.swapOn(name, new SwapAreaOptions().setTiers(tiers)));
  }

  JsonObject admin(String command, JsonObject arguments) {
    return await(tmem.admin(command, arguments));
  }

  static <T> T await(Future<T> future) {
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
      TestedNode.remove(folder);
    }
  }
}

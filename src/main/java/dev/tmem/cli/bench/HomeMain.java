package dev.tmem.cli.bench;

import dev.tmem.SharedOptions;
import dev.tmem.TmemOptions;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.ClusterOptions;
import dev.tmem.node.NodeOptions;
import dev.tmem.node.RunningNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The process in which the pages of a shared cache have their home, or the entries of an {@code
 * IMap} their owner: a node as {@code ./tmem node} starts it, and beside it a {@link BareHome} with
 * the same pages. It ends with whoever started it. Confined to the main thread.
 */
public final class HomeMain {

  static final String NODE = "home";

  /** Where it says what its process takes of RAM, after the pool was compacted. */
  static final String RAM = "bench.home.ram";

  private static final long BASE_BYTES = 256L << 20;

  private HomeMain() {}

  private static final int LOOKS = 10;

  /** With fewer pages memory says nothing, and one look does. */
  private static final int PAGES_TO_LOOK_OFTEN = 10_000;

  private static final long LOOK_MILLIS = 300;

  /**
   * @param folder where it keeps its data; the others' lies beside it
   * @param pages that there is room for
   * @param barePages that the bare home has
   */
  static List<String> arguments(Path folder, String cluster, int pages, int barePages, long seed) {
    return List.of(
        folder.toString(),
        cluster,
        Integer.toString(pages),
        Integer.toString(barePages),
        Long.toString(seed));
  }

  /** Takes requests until it is ended. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = JobMain.begin();
    int pages = Integer.parseInt(arguments[2]);
    int barePages = Integer.parseInt(arguments[3]);
    int looks = pages < PAGES_TO_LOOK_OFTEN ? 1 : LOOKS;
    BareHome bare;
    try (Corpus corpus = Corpus.build(barePages, Long.parseLong(arguments[4]))) {
      bare = new BareHome(PackedPages.of(corpus, BareCodec.forTravel(), barePages));
    }
    RunningNode node =
        ClusterLauncher.node(options(NODE, Path.of(arguments[0]), arguments[1], pages));
    node.vertx().deployVerticle(bare).await();
    node.vertx()
        .eventBus()
        .<String>consumer(
            RAM,
            request ->
                node.tmem()
                    .admin("compact", new JsonObject())
                    .compose(done -> node.vertx().executeBlocking(() -> rssBytes(looks)))
                    .onSuccess(request::reply)
                    .onFailure(failure -> request.fail(0, failure.getMessage())))
        .completion()
        .await();
    PeerProcess.tellReady(out, bare.port());
  }

  /**
   * The least of some looks, without what is free, be it of the heap or of the C library's: a
   * compiler that is at work takes megabytes for as long.
   */
  private static long rssBytes(int looks) {
    long least = Long.MAX_VALUE;
    for (int look = 0; look < looks; look++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
      FreeMemory.giveBack();
      least = Math.min(least, Footprint.now().rssBytes());
    }
    return least;
  }

  /** Options of a node; of one that is not {@link #NODE} no page has its home there. */
  static NodeOptions options(String name, Path folder, String cluster, int pages) {
    long room = pages * (Corpus.PAGE_BYTES * 5L / 4);
    return new NodeOptions()
        .setTmem(
            new TmemOptions()
                .setName(name)
                .setDataFolder(folder.resolve(name).toString())
                .setMemoryLimit(BASE_BYTES + 2 * room)
                .setLendLimit(0)
                .setSwapFileSize(0)
                .setShared(new SharedOptions().setLimit(name.equals(NODE) ? room : 0)))
        .setCluster(new ClusterOptions().setName(cluster));
  }
}

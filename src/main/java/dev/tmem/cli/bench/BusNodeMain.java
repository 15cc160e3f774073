package dev.tmem.cli.bench;

import dev.tmem.TmemOptions;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.ClusterOptions;
import dev.tmem.node.NodeOptions;
import dev.tmem.node.RunningNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * The process that {@link BusJob} talks to: a node as {@code ./tmem node} starts it, and beside it
 * on the same event bus a {@link BareResponder} with the same pages. It ends with whoever started
 * it. Confined to the main thread.
 */
public final class BusNodeMain {

  /** What it writes when it takes requests. */
  static final String READY = "ready";

  static final String NODE = "bench";

  private static final long BASE_BYTES = 256L << 20;

  private BusNodeMain() {}

  /**
   * @param folder where it keeps its data; the client's lies beside it
   */
  static List<String> arguments(Path folder, String cluster, int pages, long seed) {
    return List.of(folder.toString(), cluster, Integer.toString(pages), Long.toString(seed));
  }

  /** Takes requests until it is ended. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = JobMain.begin();
    Path folder = Path.of(arguments[0]);
    int pages = Integer.parseInt(arguments[2]);
    Corpus corpus = Corpus.build(pages, Long.parseLong(arguments[3]));
    PackedPages packed = PackedPages.of(corpus, new BareCodec(), pages);
    RunningNode node = ClusterLauncher.node(options(folder, arguments[1], pages));
    node.vertx().deployVerticle(new BareResponder(corpus, packed)).await();
    out.println(READY);
    out.flush();
  }

  private static NodeOptions options(Path folder, String cluster, long pages) {
    return new NodeOptions()
        .setTmem(
            new TmemOptions()
                .setName(NODE)
                .setDataFolder(folder.resolve(NODE).toString())
                .setMemoryLimit(BASE_BYTES + pages * (Corpus.PAGE_BYTES * 5 / 4))
                .setLendLimit(0)
                .setSwapFileSize(TmemOptions.MIN_SWAP_FILE_SIZE))
        .setCluster(new ClusterOptions().setName(cluster));
  }
}

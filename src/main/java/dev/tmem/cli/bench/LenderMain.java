package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemOptions;
import dev.tmem.node.ClusterLauncher;
import dev.tmem.node.ClusterOptions;
import dev.tmem.node.NodeOptions;
import dev.tmem.node.RunningNode;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The process that lends its RAM to a benchmark: a node as {@code ./tmem node} starts it, and
 * beside it a {@link BareLender} with the same pages. It ends with whoever started it. Confined to
 * the main thread.
 */
public final class LenderMain {

  static final String NODE = "lender";

  /** Where it is told what to do with its own RAM, and says what it takes. */
  static final String DESK = "bench.lender";

  /** Fill an area of its own. */
  static final String FILL = "fill";

  /** Empty it. */
  static final String CLEAR = "clear";

  /** Say what the process takes of RAM, after the pool was compacted. */
  static final String RAM = "ram";

  /** Requests that wait; there is one at a time. */
  private static final int REQUESTS_MAX = 16;

  private static final long BASE_BYTES = 256L << 20;

  private final RunningNode node;
  private final Corpus corpus;
  private final RemotePages pages;
  private final SwapArea own;

  private LenderMain(RunningNode node, Corpus corpus) {
    this.node = node;
    this.corpus = corpus;
    this.pages = RemotePages.of(corpus);
    this.own = node.tmem().swapOn("own", new SwapAreaOptions()).await();
  }

  /**
   * @param folder where it keeps its data; the owner's lies beside it
   */
  static List<String> arguments(
      Path folder, String cluster, PeerTransport transport, int pages, long seed) {
    return List.of(
        folder.toString(), cluster, transport.name(), Integer.toString(pages), Long.toString(seed));
  }

  /** Takes requests until it is ended. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    PrintStream out = JobMain.begin();
    int pages = Integer.parseInt(arguments[3]);
    Corpus corpus = Corpus.build(pages, Long.parseLong(arguments[4]));
    PackedPages packed = PackedPages.of(corpus, new BareCodec(), pages);
    PeerTransport transport = PeerTransport.valueOf(arguments[2].toUpperCase(Locale.ROOT));
    RunningNode node =
        ClusterLauncher.node(
            options(NODE, Path.of(arguments[0]), arguments[1], transport, 2L * pages));
    BareLender bare = new BareLender(packed);
    node.vertx().deployVerticle(bare).await();
    LenderMain desk = new LenderMain(node, corpus);
    BlockingQueue<Message<String>> requests = new ArrayBlockingQueue<>(REQUESTS_MAX);
    node.vertx().eventBus().<String>consumer(DESK, requests::add).completion().await();
    PeerProcess.tellReady(out, bare.port());
    desk.serve(requests);
  }

  /** Options of a node with room for that many pages, of which it lends half. */
  static NodeOptions options(
      String name, Path folder, String cluster, PeerTransport transport, long pages) {
    long room = pages * (Corpus.PAGE_BYTES * 5 / 4);
    return new NodeOptions()
        .setTmem(
            new TmemOptions()
                .setName(name)
                .setDataFolder(folder.resolve(name).toString())
                .setMemoryLimit(BASE_BYTES + room)
                .setLendLimit(name.equals(NODE) ? room : 0)
                .setTransport(transport)
                .setSwapFileSize(TmemOptions.MIN_SWAP_FILE_SIZE + room))
        .setCluster(new ClusterOptions().setName(cluster));
  }

  /** Answers one after the other, for ever. */
  private void serve(BlockingQueue<Message<String>> requests) throws InterruptedException {
    while (true) {
      Message<String> request = requests.take();
      request.reply(answer(request.body()));
    }
  }

  private long answer(String what) {
    switch (what) {
      case FILL -> pages.store(corpus, own);
      case CLEAR -> own.invalidateArea().await();
      default -> node.tmem().admin("compact", new JsonObject()).await();
    }
    return what.equals(RAM) ? Footprint.now().rssBytes() : 0;
  }
}

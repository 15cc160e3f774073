package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import java.util.List;
import java.util.Map;

/**
 * How many pages a second go to a lender, against the bare socket with the same batches. Confined
 * to the main thread.
 */
final class RemotifyJob implements Job {

  private static final double GOAL = 0.75;

  /**
   * Passes that are thrown away. Of what either side does, much is done once for a batch of thirty
   * pages, and of what reclaim does once for 256, so it takes that many until both are compiled:
   * with half as many the compiler took a tenth of the processors still.
   */
  private static final int WARM_UPS = 30;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 10);
    try (Corpus corpus = Corpus.build(count, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), corpus.pages());
        Peers peers = Peers.start(PeerTransport.CHANNEL, count, run.seed())) {
      Remotify remotify = new Remotify(corpus, peers, RemotePages.of(corpus), packed);
      Pairs pairs = new Pairs();
      int passes = WARM_UPS + Alternation.PAIRS;
      for (int i = 0; i < passes; i++) {
        remotify.fill();
        boolean weBegin = i % 2 == 0;
        double ours = weBegin ? ours(peers, remotify) : 0;
        double bare = bare(remotify);
        ours = weBegin ? ours : ours(peers, remotify);
        remotify.clear();
        if (i >= WARM_UPS) {
          pairs.add(ours, bare);
        }
        run.progress(
            "remotify: pass %d of %d, %.3f of the other".formatted(i + 1, passes, ours / bare));
      }
      return List.of(Row.worstOf("remotify", "pages/s", GOAL, Map.of("pages", pairs)));
    }
  }

  private static double ours(Peers peers, Remotify remotify) throws Exception {
    long began = System.nanoTime();
    remotify.begin();
    peers.awaitThat("pages are sent", remotify::isSent);
    return remotify.count() * 1e9 / (System.nanoTime() - began);
  }

  private static double bare(Remotify remotify) {
    long began = System.nanoTime();
    Peers.await(remotify.bare());
    return remotify.count() * 1e9 / (System.nanoTime() - began);
  }
}

package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import io.vertx.core.Context;
import java.util.List;

/**
 * Loads of lent pages against the same bytes over the bare transport: one at a time, and many in
 * flight, from each event loop in turn. Confined to the main thread.
 */
final class RemoteLoadJob implements Job {

  private final PeerTransport transport;
  private final String suffix;
  private final double latencyGoal;
  private final double rateGoal;

  /**
   * @param suffix of the rows' names
   * @param latencyGoal of {@code load-p50}
   * @param rateGoal of {@code load-64}
   */
  RemoteLoadJob(PeerTransport transport, String suffix, double latencyGoal, double rateGoal) {
    this.transport = transport;
    this.suffix = suffix;
    this.latencyGoal = latencyGoal;
    this.rateGoal = rateGoal;
  }

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 16);
    try (Corpus corpus = Corpus.build(count, run.seed());
        Peers peers = Peers.start(transport, count, run.seed())) {
      RemotePages pages = RemotePages.of(corpus);
      RemoteLoads loads = new RemoteLoads(corpus, peers, pages.order(count, run.seed()));
      loads.fill(pages);
      List<Context> loops = EventLoops.of(peers.vertx());
      boolean channel = transport == PeerTransport.CHANNEL;
      SideBySide both = new SideBySide(run, loops, count);
      return List.of(
          both.latency(
              "load-p50" + suffix,
              loads::ours,
              channel ? loads::socketBytes : loads::busBytes,
              latencyGoal),
          both.rate(
              "load-64" + suffix,
              loads::ours,
              channel ? loads::socketPages : loads::busPages,
              rateGoal));
    }
  }
}

package dev.tmem.cli.bench;

import java.util.List;
import java.util.Map;

/**
 * Loads from a node in another process, over the event bus, against the bare event bus between the
 * same two processes. Confined to the main thread.
 */
final class BusJob implements Job {

  private static final double BATCH_GOAL = 5;
  private static final double LATENCY_GOAL = 1.3;
  private static final double STREAM_GOAL = 0.75;

  /** Pages of one call in {@code bus-batch}, and calls at once. */
  private static final int STREAM_PAGES = 32;

  private static final int IN_FLIGHT = 8;

  /** Single loads between two changes of sides: some tens of milliseconds. */
  private static final int LATENCY_CHUNK = 1024;

  private static final double MEDIAN = 0.5;
  private static final double HIGH = 0.99;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 16);
    int[] order = Orders.uniform(count, count, run.seed());
    try (Corpus corpus = Corpus.build(count, run.seed());
        BusNode node = BusNode.start(count, run.seed())) {
      BusLoads loads = new BusLoads(corpus, node, order);
      loads.fill();
      int fewer = Math.max(BatchJob.PAGES, count / 8);
      Row latency = latency(run, loads, fewer);
      Pairs batches =
          new Alternation(run, fewer)
              .rates(
                  "batch-bus",
                  (from, to) -> loads.batches(from, to, BatchJob.PAGES, 1),
                  (from, to) -> loads.singles(from, to, null));
      Pairs streams =
          new Alternation(run, count)
              .rates(
                  "bus-batch",
                  (from, to) -> loads.batches(from, to, STREAM_PAGES, IN_FLIGHT),
                  (from, to) -> loads.bareBatches(from, to, STREAM_PAGES, IN_FLIGHT));
      return List.of(
          Row.worstOf("batch-bus", "pages/s", BATCH_GOAL, Map.of("loads", batches)),
          latency,
          Row.worstOf("bus-batch", "pages/s", STREAM_GOAL, Map.of("loads", streams)));
    }
  }

  private static Row latency(JobRun run, BusLoads loads, int count) {
    Pairs medians = new Pairs();
    Pairs high = new Pairs();
    for (int i = 0; i < Alternation.WARM_UPS + Alternation.PAIRS; i++) {
      Latencies ours = new Latencies();
      Latencies bare = new Latencies();
      for (int from = 0; from < count; from += LATENCY_CHUNK) {
        int to = Math.min(count, from + LATENCY_CHUNK);
        if ((i + from / LATENCY_CHUNK) % 2 == 0) {
          loads.singles(from, to, ours);
          loads.bareSingles(from, to, bare);
        } else {
          loads.bareSingles(from, to, bare);
          loads.singles(from, to, ours);
        }
      }
      if (i >= Alternation.WARM_UPS) {
        medians.add(ours.micros(MEDIAN), bare.micros(MEDIAN));
        high.add(ours.micros(HIGH), bare.micros(HIGH));
      }
      run.progress(
          "bus-p50: pass %d of %d, %.1f us; the bare event bus %.1f us"
              .formatted(
                  i + 1,
                  Alternation.WARM_UPS + Alternation.PAIRS,
                  ours.micros(MEDIAN),
                  bare.micros(MEDIAN)));
    }
    return new Row(
        "bus-p50",
        medians.ours(),
        medians.beside(),
        "us",
        medians.ratio(),
        LATENCY_GOAL,
        Better.LOWER,
        Map.of("p99", high.ratio()));
  }
}

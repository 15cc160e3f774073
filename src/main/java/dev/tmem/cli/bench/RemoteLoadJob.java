package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import io.vertx.core.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loads of lent pages against the same bytes over the bare transport: one at a time, and many in
 * flight, from each event loop in turn. Confined to the main thread.
 */
final class RemoteLoadJob implements Job {

  private static final int IN_FLIGHT = 64;

  /** Pages between two changes of sides, with one in flight and with many. */
  private static final int SINGLES = 512;

  private static final int MANY = 2048;

  private static final int PASSES = Alternation.WARM_UPS + Alternation.PAIRS;

  private static final double MEDIAN = 0.5;
  private static final double HIGH = 0.99;

  /** One side. */
  @FunctionalInterface
  private interface Side {
    long ask(Context from, RemoteLoads.Span span);
  }

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
      Row latency =
          latency(
              run,
              loops,
              Math.min(count, Math.max(loops.size() * SINGLES, count / 8)),
              loads::ours,
              channel ? loads::socketBytes : loads::busBytes);
      Row rate =
          rate(run, loops, count, loads::ours, channel ? loads::socketPages : loads::busPages);
      return List.of(latency, rate);
    }
  }

  private Row latency(JobRun run, List<Context> loops, int count, Side ours, Side bare) {
    Pairs median = new Pairs();
    Pairs high = new Pairs();
    Pairs best = new Pairs();
    int size = chunk(SINGLES, count, loops);
    for (int i = 0; i < PASSES; i++) {
      LoopFigures us = new LoopFigures(loops.size());
      LoopFigures them = new LoopFigures(loops.size());
      for (int chunk = 0; chunk * size < count; chunk++) {
        int loop = chunk % loops.size();
        int from = chunk * size;
        int to = Math.min(count, from + size);
        inTurn(
            (i + chunk / loops.size()) % 2 == 0,
            () -> single(loops.get(loop), from, to, ours, us, loop),
            () -> single(loops.get(loop), from, to, bare, them, loop));
      }
      if (i >= Alternation.WARM_UPS) {
        median.add(us.micros(MEDIAN), them.micros(MEDIAN));
        high.add(us.micros(HIGH), them.micros(HIGH));
        best.add(us.medianOfBest(), them.medianOfBest());
      }
      run.progress(
          "load-p50%s: pass %d of %d, %.1f us; bare %.1f us"
              .formatted(suffix, i + 1, PASSES, us.micros(MEDIAN), them.micros(MEDIAN)));
    }
    Pairs worst = best.ratio() > median.ratio() ? best : median;
    return row("load-p50", worst, "us", latencyGoal, Better.LOWER).with(parts(median, best, high));
  }

  private static void single(
      Context context, int from, int to, Side side, LoopFigures figures, int loop) {
    Latencies taken = new Latencies();
    side.ask(context, new RemoteLoads.Span(from, to, 1, taken));
    figures.add(loop, taken);
  }

  private Row rate(JobRun run, List<Context> loops, int count, Side ours, Side bare) {
    Pairs all = new Pairs();
    Pairs best = new Pairs();
    int size = chunk(MANY, count, loops);
    for (int i = 0; i < PASSES; i++) {
      LoopFigures us = new LoopFigures(loops.size());
      LoopFigures them = new LoopFigures(loops.size());
      for (int chunk = 0; chunk * size < count; chunk++) {
        int loop = chunk % loops.size();
        RemoteLoads.Span span =
            new RemoteLoads.Span(
                chunk * size, Math.min(count, (chunk + 1) * size), IN_FLIGHT, null);
        inTurn(
            (i + chunk / loops.size()) % 2 == 0,
            () -> us.add(loop, span.pages(), ours.ask(loops.get(loop), span)),
            () -> them.add(loop, span.pages(), bare.ask(loops.get(loop), span)));
      }
      if (i >= Alternation.WARM_UPS) {
        all.add(us.rate(), them.rate());
        best.add(us.rateOfBest(), them.rateOfBest());
      }
      run.progress(
          "load-64%s: pass %d of %d, %.3f of the other"
              .formatted(suffix, i + 1, PASSES, us.rate() / them.rate()));
    }
    Pairs worst = best.ratio() < all.ratio() ? best : all;
    return row("load-64", worst, "pages/s", rateGoal, Better.HIGHER).with(parts(all, best, null));
  }

  /** Few enough that each loop gets some. */
  private static int chunk(int most, int count, List<Context> loops) {
    return Math.clamp(count / loops.size(), 1, most);
  }

  private static void inTurn(boolean firstFirst, Runnable first, Runnable second) {
    (firstFirst ? first : second).run();
    (firstFirst ? second : first).run();
  }

  private Row row(String name, Pairs pairs, String unit, double goal, Better better) {
    return new Row(
        name + suffix, pairs.ours(), pairs.beside(), unit, pairs.ratio(), goal, better, Map.of());
  }

  private static Map<String, Double> parts(Pairs any, Pairs own, @Nullable Pairs high) {
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("any loop", any.ratio());
    parts.put("own loop", own.ratio());
    if (high != null) {
      parts.put("p99", high.ratio());
    }
    return parts;
  }
}

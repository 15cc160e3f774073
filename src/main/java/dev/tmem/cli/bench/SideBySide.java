package dev.tmem.cli.bench;

import io.vertx.core.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Two sides that are asked for the same pages: one at a time, and many in flight, from each event
 * loop in turn. Immutable; for the main thread.
 *
 * @param count pages of a pass
 */
record SideBySide(JobRun run, List<Context> loops, int count) {

  private static final int IN_FLIGHT = 64;

  /** Pages between two changes of sides, with one in flight and with many. */
  private static final int SINGLES = 512;

  private static final int MANY = 2048;

  /** One page at a time takes longer: one in eight is enough. */
  private static final int SINGLE_PARTS = 8;

  private static final int PASSES = Alternation.WARM_UPS + Alternation.PAIRS;

  private static final double MEDIAN = 0.5;
  private static final double HIGH = 0.99;

  /** One side. */
  @FunctionalInterface
  interface Side {
    /** Asks for pages, and tells the nanoseconds from the first question to the last answer. */
    long ask(Context from, Span span);
  }

  /**
   * What is asked for. Immutable.
   *
   * @param from first position
   * @param to position after the last
   * @param taken gets how long each answer took; null: nobody wants to know
   */
  record Span(int from, int to, int inFlight, @Nullable Latencies taken) {

    int pages() {
      return to - from;
    }
  }

  SideBySide {
    loops = List.copyOf(loops);
  }

  /** The median of one question at a time; the 99th percentile is a part. */
  Row latency(String name, Side ours, Side bare, double goal) {
    int singles = Math.min(count, Math.max(loops.size() * SINGLES, count / SINGLE_PARTS));
    Pairs median = new Pairs();
    Pairs high = new Pairs();
    Pairs best = new Pairs();
    int size = chunk(SINGLES, singles);
    for (int i = 0; i < PASSES; i++) {
      LoopFigures us = new LoopFigures(loops.size());
      LoopFigures them = new LoopFigures(loops.size());
      for (int chunk = 0; chunk * size < singles; chunk++) {
        int loop = chunk % loops.size();
        int from = chunk * size;
        int to = Math.min(singles, from + size);
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
          "%s: pass %d of %d, %.1f us; bare %.1f us"
              .formatted(name, i + 1, PASSES, us.micros(MEDIAN), them.micros(MEDIAN)));
    }
    Pairs worst = best.ratio() > median.ratio() ? best : median;
    return row(name, worst, "us", goal, Better.LOWER).with(parts(median, best, high));
  }

  private static void single(
      Context context, int from, int to, Side side, LoopFigures figures, int loop) {
    Latencies taken = new Latencies();
    side.ask(context, new Span(from, to, 1, taken));
    figures.add(loop, taken);
  }

  /** Pages a second with many questions in flight. */
  Row rate(String name, Side ours, Side bare, double goal) {
    Pairs all = new Pairs();
    Pairs best = new Pairs();
    int size = chunk(MANY, count);
    for (int i = 0; i < PASSES; i++) {
      LoopFigures us = new LoopFigures(loops.size());
      LoopFigures them = new LoopFigures(loops.size());
      for (int chunk = 0; chunk * size < count; chunk++) {
        int loop = chunk % loops.size();
        Span span = new Span(chunk * size, Math.min(count, (chunk + 1) * size), IN_FLIGHT, null);
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
          "%s: pass %d of %d, %.3f of the other"
              .formatted(name, i + 1, PASSES, us.rate() / them.rate()));
    }
    Pairs worst = best.ratio() < all.ratio() ? best : all;
    return row(name, worst, "pages/s", goal, Better.HIGHER).with(parts(all, best, null));
  }

  /** Few enough that each loop gets some. */
  private int chunk(int most, int pages) {
    return Math.clamp(pages / loops.size(), 1, most);
  }

  private static void inTurn(boolean firstFirst, Runnable first, Runnable second) {
    (firstFirst ? first : second).run();
    (firstFirst ? second : first).run();
  }

  private static Row row(String name, Pairs pairs, String unit, double goal, Better better) {
    return new Row(name, pairs.ours(), pairs.beside(), unit, pairs.ratio(), goal, better, Map.of());
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

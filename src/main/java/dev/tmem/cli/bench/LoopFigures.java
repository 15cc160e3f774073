package dev.tmem.cli.bench;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What one side took, asked from each event loop in turn. Confined to the main thread. */
final class LoopFigures {

  private static final double MEDIAN = 0.5;

  private final Latencies all = new Latencies();
  private final Latencies[] byLoop;
  private final long[] nanos;
  private final long[] pages;

  LoopFigures(int loops) {
    this.byLoop = Stream.generate(Latencies::new).limit(loops).toArray(Latencies[]::new);
    this.nanos = new long[loops];
    this.pages = new long[loops];
  }

  /** Adds what came of some pages, each asked for alone, from one loop. */
  void add(int loop, Latencies taken) {
    byLoop[loop].addAll(taken);
    all.addAll(taken);
  }

  /** Adds what some pages together took. */
  void add(int loop, int count, long took) {
    pages[loop] += count;
    nanos[loop] += took;
  }

  /** Of all loops together, in microseconds. */
  double micros(double share) {
    return all.micros(share);
  }

  /** The median where it is lowest: on the loop where the socket is read. */
  double medianOfBest() {
    return Arrays.stream(byLoop).mapToDouble(loop -> loop.micros(MEDIAN)).min().orElseThrow();
  }

  /** Pages a second, of all loops together. */
  double rate() {
    return Arrays.stream(pages).sum() * 1e9 / Arrays.stream(nanos).sum();
  }

  /** Pages a second where they are most. */
  double rateOfBest() {
    return IntStream.range(0, pages.length)
        .mapToDouble(loop -> pages[loop] * 1e9 / nanos[loop])
        .max()
        .orElseThrow();
  }
}

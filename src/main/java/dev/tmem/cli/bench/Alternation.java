package dev.tmem.cli.bench;

/**
 * Measures two things in turn over the same positions, in chunks that are short against whatever
 * else goes on in the machine; who begins changes with each chunk. Confined to one thread.
 */
final class Alternation {

  /** Pairs that are measured and thrown away: compilers and caches settle. */
  static final int WARM_UPS = 2;

  /** Pairs that count. */
  static final int PAIRS = 5;

  /** Positions of a chunk: some ten milliseconds. */
  private static final int CHUNK = 4096;

  /** Something that can be done for a range of positions. */
  @FunctionalInterface
  interface Timed {
    /** Does it, and tells the nanoseconds that count. */
    long nanos(int from, int to);
  }

  private final JobRun run;
  private final int count;
  private final int chunk;
  private final int warmUps;

  /**
   * @param count positions of one pass
   */
  Alternation(JobRun run, int count) {
    this(run, count, CHUNK);
  }

  /**
   * @param chunk positions that one does before it is the other's turn
   */
  Alternation(JobRun run, int count, int chunk) {
    this(run, count, chunk, WARM_UPS);
  }

  /**
   * @param warmUps pairs that do not count, where what is measured takes longer to settle
   */
  Alternation(JobRun run, int count, int chunk, int warmUps) {
    this.run = run;
    this.count = count;
    this.chunk = chunk;
    this.warmUps = warmUps;
  }

  /** Rates per second of both, in pairs. */
  Pairs rates(String label, Timed ours, Timed beside) {
    return rates(label, () -> {}, ours, beside);
  }

  /**
   * Rates per second of both, in pairs.
   *
   * @param before each pass, not timed
   */
  Pairs rates(String label, Runnable before, Timed ours, Timed beside) {
    Pairs pairs = new Pairs();
    for (int i = 0; i < warmUps + PAIRS; i++) {
      before.run();
      long ourNanos = 0;
      long otherNanos = 0;
      boolean weBegin = i % 2 == 0;
      for (int from = 0; from < count; from += chunk) {
        int to = Math.min(count, from + chunk);
        if (weBegin) {
          ourNanos += ours.nanos(from, to);
          otherNanos += beside.nanos(from, to);
        } else {
          otherNanos += beside.nanos(from, to);
          ourNanos += ours.nanos(from, to);
        }
        weBegin = !weBegin;
      }
      if (i >= warmUps) {
        pairs.add(count * 1e9 / ourNanos, count * 1e9 / otherNanos);
      }
      run.progress(
          "%s: pass %d of %d, %.3f of the other"
              .formatted(label, i + 1, warmUps + PAIRS, (double) otherNanos / ourNanos));
    }
    return pairs;
  }
}

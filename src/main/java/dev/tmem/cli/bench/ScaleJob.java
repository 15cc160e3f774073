package dev.tmem.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Two threads against one, as the bare codec scales at the same time. The four are measured in
 * turn, chunk by chunk. The main thread is one of the two.
 */
final class ScaleJob implements Job {

  private static final double GOAL = 0.95;

  /** Positions of a chunk; half of them are a thread's when there are two. */
  private static final int CHUNK = 8192;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    try (Corpus corpus = Corpus.build(count, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), count);
        TestedNode node = TestedNode.start(count);
        ExecutorService second = Executors.newSingleThreadExecutor()) {
      int[] order = Orders.uniform(count, count, run.seed());
      Two ours = new Two(corpus, node.keeper(), node.keeper(), order, second);
      Two bare = new Two(corpus, new BareKeeper(packed), new BareKeeper(packed), order, second);
      Map<String, Pairs> parts = new LinkedHashMap<>();
      ours.first.store(0, count);
      parts.put("store", scaling(run, count, "store", ours, bare, Passes::storeInOrder));
      parts.put("load", scaling(run, count, "load", ours, bare, Passes::loadInOrder));
      return List.of(Row.worstOf("scale-2", "times", GOAL, parts));
    }
  }

  /** A pass over some positions. */
  @FunctionalInterface
  private interface Work {
    long nanos(Passes passes, int from, int to);
  }

  /** How many times as fast two threads are as one; ours and the codec's, in pairs. */
  private static Pairs scaling(JobRun run, int count, String label, Two ours, Two bare, Work work)
      throws InterruptedException, ExecutionException {
    Pairs pairs = new Pairs();
    for (int i = 0; i < Alternation.WARM_UPS + Alternation.PAIRS; i++) {
      ours.reset();
      bare.reset();
      for (int from = 0; from < count; from += CHUNK) {
        int to = Math.min(count, from + CHUNK);
        ours.both(work, from, to);
        bare.both(work, from, to);
      }
      if (i >= Alternation.WARM_UPS) {
        pairs.add(ours.scaling(), bare.scaling());
      }
      run.progress(
          "scale-2, %s: pass %d of %d, %.2f times as fast; the codec %.2f"
              .formatted(
                  label,
                  i + 1,
                  Alternation.WARM_UPS + Alternation.PAIRS,
                  ours.scaling(),
                  bare.scaling()));
    }
    return pairs;
  }

  /** One keeper in the hands of one thread, then of two. Confined to the main thread. */
  private static final class Two {

    private final Passes first;
    private final Passes other;
    private final ExecutorService second;
    private long aloneNanos;
    private long togetherNanos;

    Two(Corpus corpus, PageKeeper first, PageKeeper other, int[] order, ExecutorService second) {
      this.first = new Passes(corpus, first, order);
      this.other = new Passes(corpus, other, order);
      this.second = second;
    }

    void reset() {
      aloneNanos = 0;
      togetherNanos = 0;
    }

    void both(Work work, int from, int to) throws InterruptedException, ExecutionException {
      aloneNanos += work.nanos(first, from, to);
      int middle = (from + to) >>> 1;
      Future<Long> theirs = second.submit(() -> work.nanos(other, middle, to));
      long mine = work.nanos(first, from, middle);
      togetherNanos += Math.max(mine, theirs.get());
    }

    double scaling() {
      return (double) aloneNanos / togetherNanos;
    }
  }
}

package dev.tmem.cli.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a large pool is as fast as a small one: rates over the bare codec's on the same pages,
 * large to small. Confined to the main thread.
 */
final class SizeJob implements Job {

  private static final double GOAL = 0.93;

  /** The large pool to the whole of the benchmark. */
  private static final int LARGE_FACTOR = 4;

  /** Of a page of the large pool: ours and the codec's packed one. */
  private static final long BYTES_PER_PAGE = 4600;

  /** For the corpus, the JVM and everybody else. */
  private static final long BYTES_LEFT = 3L << 30;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int small = run.speedPages();
    int large = largePages(run, small);
    try (Corpus corpus = Corpus.build(small, run.seed())) {
      Rates atSmall = atSize(run, corpus, small, small);
      Rates atLarge = atSize(run, corpus, large, small);
      Map<String, Pairs> figures = new LinkedHashMap<>();
      figures.put("store", new Pairs().add(atLarge.store().ratio(), atSmall.store().ratio()));
      figures.put("load", new Pairs().add(atLarge.load().ratio(), atSmall.load().ratio()));
      Row row = Row.worstOf("o1", "of the codec", GOAL, figures);
      Map<String, Double> parts = new LinkedHashMap<>(row.parts());
      parts.put("pages", (double) large);
      return List.of(row.with(parts));
    }
  }

  /** Ours and the codec's with one number of pages in the pool. */
  private record Rates(Pairs store, Pairs load) {}

  /** As many as asked for, or as the machine has memory for. */
  private static int largePages(JobRun run, int small) {
    long wanted = LARGE_FACTOR * run.pages();
    long free =
        ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
            ? AvailableMemory.bytes(system)
            : Long.MAX_VALUE;
    long possible = Math.max(small, (free - BYTES_LEFT) / BYTES_PER_PAGE);
    if (possible < wanted) {
      Protocol.NOTE.write(
          run.out(), "o1: memory is free for %,d pages, not for %,d".formatted(possible, wanted));
    }
    return Math.toIntExact(Math.min(wanted, possible));
  }

  /**
   * Ours to the codec with so many pages in the pool.
   *
   * @param sample pages of a pass
   */
  private static Rates atSize(JobRun run, Corpus corpus, int pages, int sample) throws Exception {
    try (PackedPages packed = PackedPages.of(corpus, new BareCodec(), pages);
        TestedNode node = TestedNode.start(pages);
        PageKeeper ours = node.keeper();
        PageKeeper bare = new BareKeeper(packed)) {
      int[] order = Orders.uniform(sample, pages, run.seed());
      Passes our = new Passes(corpus, ours, order);
      Passes other = new Passes(corpus, bare, order);
      String label = "o1, %,d pages".formatted(pages);
      run.progress(label + ": filling");
      our.store(0, pages);
      Alternation alternation = new Alternation(run, sample);
      return new Rates(
          alternation.rates(label + ", store", our::storeInOrder, other::storeInOrder),
          alternation.rates(label + ", load", our::loadInOrder, other::loadInOrder));
    }
  }
}

package dev.tmem.cli.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a large pool is as fast as a small one: rates over the bare codec's on the same pages,
 * large to small. Confined to the main thread.
 *
 * <p>A machine may have no room for the large pool and as many packed pages at once. So the two are
 * measured one after the other, each against the codec with few pages.
 */
final class SizeJob implements Job {

  private static final double GOAL = 0.93;

  /** The large pool to the whole of the benchmark. */
  private static final int LARGE_FACTOR = 4;

  /** Of a page of the large pool. */
  private static final long BYTES_PER_PAGE = 2600;

  /** For the corpus, the JVM and everybody else. */
  private static final long BYTES_LEFT = 3L << 30;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int small = run.speedPages();
    int large = largePages(run, small);
    try (Corpus corpus = Corpus.build(small, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), small)) {
      Rates codecAtLarge = codec(run, corpus, packed, large);
      Rates atSmall = ours(run, corpus, packed, small);
      Rates atLarge = ours(run, corpus, packed, large);
      Map<String, Pairs> figures = new LinkedHashMap<>();
      figures.put(
          "store",
          new Pairs()
              .add(
                  atLarge.store().ratio() / codecAtLarge.store().ratio(), atSmall.store().ratio()));
      figures.put(
          "load",
          new Pairs()
              .add(atLarge.load().ratio() / codecAtLarge.load().ratio(), atSmall.load().ratio()));
      Row row = Row.worstOf("o1", "of the codec", GOAL, figures);
      Map<String, Double> parts = new LinkedHashMap<>(row.parts());
      parts.put("pages", (double) large);
      return List.of(row.with(parts));
    }
  }

  /** Stores and loads, each against the codec with the small number of pages. */
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

  /** The codec with so many packed pages: what a larger memory alone costs. */
  private static Rates codec(JobRun run, Corpus corpus, PackedPages small, int pages)
      throws Exception {
    run.progress("o1, %,d pages: packing".formatted(pages));
    try (PackedPages packed = PackedPages.of(corpus, new BareCodec(), pages);
        PageKeeper keeper = new BareKeeper(packed)) {
      return rates(run, "the codec with %,d".formatted(pages), corpus, keeper, small, pages);
    }
  }

  /** Ours with so many pages in the pool. */
  private static Rates ours(JobRun run, Corpus corpus, PackedPages small, int pages)
      throws Exception {
    try (TestedNode node = TestedNode.start(pages);
        PageKeeper keeper = node.keeper()) {
      run.progress("o1, %,d pages: filling".formatted(pages));
      new Passes(corpus, keeper, new int[0]).store(0, pages);
      return rates(run, "%,d pages".formatted(pages), corpus, keeper, small, pages);
    }
  }

  private static Rates rates(
      JobRun run, String label, Corpus corpus, PageKeeper keeper, PackedPages small, int pages) {
    int sample = small.pages();
    int[] order = Orders.uniform(sample, pages, run.seed());
    Passes measured = new Passes(corpus, keeper, order);
    Passes bare = new Passes(corpus, new BareKeeper(small), order);
    Alternation alternation = new Alternation(run, sample);
    String start = "o1, " + label;
    return new Rates(
        alternation.rates(start + ", store", measured::storeInOrder, bare::storeInOrder),
        alternation.rates(start + ", load", measured::loadInOrder, bare::loadInOrder));
  }
}

package dev.tmem.cli.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One thread: stores and loads against the bare codec, and what they allocate. Confined to the main
 * thread.
 */
final class SpeedJob implements Job {

  private static final double STORE_GOAL = 0.93;
  private static final double LOAD_GOAL = 0.88;
  private static final double ALLOCATION_GOAL = 1;

  /**
   * Rounds over a part of the pages before anything counts: the way of a page through a node is
   * long, and the compiler takes some rounds until it is done with it.
   */
  private static final int WARM_ROUNDS = 12;

  private static final int WARM_PART = 8;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    try (Corpus corpus = Corpus.build(count, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), count);
        TestedNode node = TestedNode.start(count);
        PageKeeper ours = node.keeper();
        PageKeeper bare = new BareKeeper(packed)) {
      Protocol.NOTE.write(
          run.out(),
          "the corpus: %,d pages, LZ4 takes them to %,d bytes in the mean, %.2f to 1"
              .formatted(
                  count,
                  packed.bytes() / count,
                  (double) count * Corpus.PAGE_BYTES / packed.bytes()));
      int[] order = Orders.uniform(count, count, run.seed());
      Passes our = new Passes(corpus, ours, order);
      Passes other = new Passes(corpus, bare, order);
      Alternation alternation = new Alternation(run, count);
      run.progress("store-1: warming up");
      warmUp(node, our, count / WARM_PART);
      Map<String, Pairs> stores = new LinkedHashMap<>();
      stores.put("fill", alternation.rates("store-1, fill", node::clear, our::store, other::store));
      stores.put(
          "overwrite",
          alternation.rates("store-1, overwrite", our::storeInOrder, other::storeInOrder));
      Pairs loads = alternation.rates("load-1", our::loadInOrder, other::loadInOrder);
      new Passes(corpus, ours, Orders.shuffled(count, run.seed())).loadInOrder(0, count);
      return List.of(
          Row.worstOf("store-1", "pages/s", STORE_GOAL, stores),
          Row.worstOf("load-1", "pages/s", LOAD_GOAL, Map.of("load", loads)),
          allocation(our, count));
    }
  }

  /** Fills the area and overwrites what is in it. */
  private static void warmUp(TestedNode node, Passes our, int pages) {
    for (int i = 0; i < WARM_ROUNDS; i++) {
      node.clear();
      our.store(0, pages);
      our.store(0, pages);
    }
  }

  private static Row allocation(Passes our, int count) {
    double store = bytesOf(() -> our.storeInOrder(0, count)) / count;
    double load = bytesOf(() -> our.loadInOrder(0, count)) / count;
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("store", store);
    parts.put("load", load);
    return Row.absolute("alloc", Math.max(store, load), "bytes/op", ALLOCATION_GOAL, Better.LOWER)
        .with(parts);
  }

  /** What this thread allocates meanwhile. */
  private static double bytesOf(Runnable work) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    work.run();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}

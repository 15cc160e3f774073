package dev.tmem.cli.bench;

import java.util.List;
import java.util.Map;

/**
 * Whether the heap of this process is enough to fill the pool, load every page and overwrite it: a
 * heap that is not ends the process. Confined to the main thread.
 */
final class HeapJob implements Job {

  private static final double GOAL_MIB = 64;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = Math.toIntExact(run.pages());
    try (Corpus corpus = Corpus.build(count, run.seed());
        TestedNode node = TestedNode.start(count);
        PageKeeper keeper = node.keeper()) {
      int[] order = Orders.shuffled(count, run.seed());
      Passes passes = new Passes(corpus, keeper, order);
      run.progress("heap: storing %,d pages twice".formatted(count));
      passes.store(0, count);
      passes.storeInOrder(0, count);
      passes.loadInOrder(0, count);
      double alive = Footprint.now().heapBytes() / (double) (1 << 20);
      double given = Runtime.getRuntime().maxMemory() / (double) (1 << 20);
      return List.of(
          Row.absolute("heap", Math.ceil(given), "MiB", GOAL_MIB, Better.LOWER)
              .with(Map.of("alive", alive)));
    }
  }
}

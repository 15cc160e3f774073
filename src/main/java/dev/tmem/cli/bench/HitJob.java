package dev.tmem.cli.bench;

import java.util.List;
import java.util.Map;

/** What the dispatcher adds to a load from the pool. Confined to the main thread. */
final class HitJob implements Job {

  private static final double GOAL = 1.08;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    try (Corpus corpus = Corpus.build(count, run.seed());
        TestedNode node = TestedNode.start(count);
        PageKeeper ours = node.keeper();
        PageKeeper bare = new ZramKeeper()) {
      int[] order = Orders.uniform(count, count, run.seed());
      Passes our = new Passes(corpus, ours, order);
      Passes other = new Passes(corpus, bare, order);
      our.store(0, count);
      other.store(0, count);
      Pairs rates =
          new Alternation(run, count).rates("hit-cost", our::loadInOrder, other::loadInOrder);
      return List.of(
          new Row(
              "hit-cost",
              nanos(rates.ours()),
              nanos(rates.beside()),
              "ns",
              1 / rates.ratio(),
              GOAL,
              Better.LOWER,
              Map.of()));
    }
  }

  private static double nanos(double rate) {
    return 1e9 / rate;
  }
}

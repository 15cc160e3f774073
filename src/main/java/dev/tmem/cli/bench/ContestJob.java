package dev.tmem.cli.bench;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * Ours against what somebody else would take, with the same pages and the same codec: stores,
 * loads, and pages for each GiB that the process grows by. Its heap grows with what each makes of
 * it, live and dead, and counts as everything else. Confined to the main thread.
 *
 * <p>Pages per GiB are those of a keeper in use: after each page was replaced a few times by
 * another one, of another size; ours has also had the quiet hours in which a node recompresses by
 * itself. What was needed for the first pages of all stands beside.
 */
final class ContestJob implements Job {

  private static final double GIB = 1L << 30;

  /** Pages of the small one that is opened first, for its classes to be loaded. */
  private static final int WARM_PAGES = 2000;

  private static final int WARM_ROUNDS = 2;

  /** Times that each page is replaced before what is held is counted. */
  private static final int ROUNDS = 4;

  /** From one content of a page to the next: prime, and far from any order in the corpus. */
  private static final int TURN = 7919;

  private final String name;
  private final double storeGoal;
  private final double loadGoal;
  private final double keptGoal;

  /**
   * @param keptGoal for pages per GiB
   */
  ContestJob(String name, double storeGoal, double loadGoal, double keptGoal) {
    this.name = name;
    this.storeGoal = storeGoal;
    this.loadGoal = loadGoal;
    this.keptGoal = keptGoal;
  }

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    Contestant contestant = find();
    try (Corpus corpus = Corpus.build(count, run.seed());
        TestedNode node = TestedNode.start(count);
        PageKeeper ours = node.keeper()) {
      int mean = meanBytes(corpus);
      int[] order = Orders.shuffled(count, run.seed());
      warmUp(contestant, corpus, ours, mean);
      node.clear();
      node.compact();
      Footprint empty = Footprint.now();
      Passes our = new Passes(corpus, ours, order);
      run.progress(name + ": filling ours");
      our.store(0, count);
      Footprint ourFirst = Footprint.now();
      replace(our, count, run.seed());
      Footprint ourReplaced = Footprint.now();
      run.progress(name + ": as a quiet node leaves its pages");
      node.quietHours();
      Footprint withOurs = Footprint.now();
      run.progress(name + ": filling");
      try (PageKeeper theirs = contestant.open(count, mean)) {
        Passes their = new Passes(corpus, theirs, order);
        their.store(0, count);
        Footprint theirFirst = Footprint.now();
        replace(their, count, run.seed());
        Footprint withBoth = Footprint.now();
        double theirsKept = perGib(count, withBoth, withOurs);
        Pairs kept = new Pairs().add(perGib(count, withOurs, empty), theirsKept);
        Map<String, Double> beside = new LinkedHashMap<>();
        beside.put(
            "(first pages)", perGib(count, ourFirst, empty) / perGib(count, theirFirst, withOurs));
        beside.put("(before quiet hours)", perGib(count, ourReplaced, empty) / theirsKept);
        Alternation alternation = new Alternation(run, count);
        int[] round = {ROUNDS};
        Runnable turn =
            () -> {
              int[] next = Orders.shuffled(count, run.seed() + ++round[0]);
              our.turn(TURN, next);
              their.turn(TURN, next);
            };
        Pairs store =
            alternation.rates(name + ", store", turn, our::storeInOrder, their::storeInOrder);
        int[] loads = Orders.uniform(count, count, run.seed());
        our.turn(0, loads);
        their.turn(0, loads);
        Pairs load = alternation.rates(name + ", load", our::loadInOrder, their::loadInOrder);
        return List.of(row(store, load, kept, beside));
      }
    }
  }

  /** In another order each time, so that no two pages live equally long. */
  private static void replace(Passes passes, int count, long seed) {
    for (int i = 1; i <= ROUNDS; i++) {
      passes.turn(TURN, Orders.shuffled(count, seed + i));
      passes.storeInOrder(0, count);
    }
  }

  private static double perGib(int count, Footprint with, Footprint without) {
    return count * GIB / with.rssSince(without);
  }

  private Contestant find() {
    for (Contestant contestant : ServiceLoader.load(Contestant.class)) {
      if (contestant.name().equals(name)) {
        return contestant;
      }
    }
    throw new IllegalStateException("contestant " + name + " is not on the class path");
  }

  private static int meanBytes(Corpus corpus) {
    BareCodec codec = new BareCodec();
    long bytes = 0;
    for (int i = 0; i < corpus.pages(); i++) {
      bytes += codec.compress(corpus.buffer(), corpus.at(i));
    }
    return (int) (bytes / corpus.pages());
  }

  private static void warmUp(Contestant contestant, Corpus corpus, PageKeeper ours, int mean) {
    int few = Math.min(WARM_PAGES, corpus.pages());
    int[] order = Orders.shuffled(few, 0);
    try (PageKeeper theirs = contestant.open(few, mean)) {
      for (PageKeeper keeper : List.of(ours, theirs)) {
        Passes passes = new Passes(corpus, keeper, order);
        for (int i = 0; i < WARM_ROUNDS; i++) {
          passes.store(0, few);
          passes.loadInOrder(0, few);
        }
      }
    }
  }

  /** One of the three. */
  private record Figure(String name, Pairs pairs, String unit, double goal) {
    double toGoal() {
      return pairs.ratio() / goal;
    }
  }

  /** The worst figure stands for all: the furthest below its goal, or else the lowest. */
  private Row row(Pairs store, Pairs load, Pairs kept, Map<String, Double> beside) {
    List<Figure> figures =
        List.of(
            new Figure("store", store, "pages/s", storeGoal),
            new Figure("load", load, "pages/s", loadGoal),
            new Figure("pages/GiB", kept, "pages/GiB", keptGoal));
    Map<String, Double> parts = new LinkedHashMap<>();
    figures.forEach(figure -> parts.put(figure.name(), figure.pairs().ratio()));
    parts.putAll(beside);
    Figure worst =
        figures.stream()
            .min(
                Comparator.comparing((Figure figure) -> figure.toGoal() >= 1)
                    .thenComparingDouble(
                        figure -> figure.toGoal() < 1 ? figure.toGoal() : figure.pairs().ratio()))
            .orElseThrow();
    return new Row(
        name,
        worst.pairs().ours(),
        worst.pairs().beside(),
        worst.unit(),
        worst.pairs().ratio(),
        worst.goal(),
        Better.HIGHER,
        parts);
  }
}

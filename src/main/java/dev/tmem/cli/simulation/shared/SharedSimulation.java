package dev.tmem.cli.simulation.shared;

import dev.tmem.cleancache.shared.protocol.HomeRules;
import dev.tmem.cli.simulation.Simulation.Failure;
import dev.tmem.cli.simulation.Simulation.Listener;
import dev.tmem.cli.simulation.Simulation.Outcome;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs schedules, seed after seed, until one finds a stale page. Confined to one thread. */
public final class SharedSimulation {

  /** The fewest and the most nodes that a schedule may be asked to begin with. */
  public static final int NODES_MIN = 1;

  public static final int NODES_MAX = 7;

  /** Without being asked a schedule begins with no more. */
  private static final int NODES_DRAWN = 5;

  private static final int FAULTS = 12;
  private static final int WARM_UP_MILLIS = 250;
  private static final int FAULT_MILLIS_MIN = 50;
  private static final int FAULT_MILLIS_MORE = 400;
  private static final int HEALED_MILLIS = 1_500;

  /** One in so many schedules has links that lose nothing. */
  private static final int SOUND_LINKS_ONE_IN = 4;

  /** One in so many nodes keeps no pages. */
  private static final int GUESTS_ONE_IN = 5;

  /** What a schedule came to. */
  private record Result(SharedSim sim, @Nullable Throwable violation) {}

  private final int nodes;
  private final Supplier<HomeRules> rules;
  private long hits;
  private long changes;
  private long serving;

  /**
   * @param nodes with which each schedule begins; 0: its seed tells
   */
  public SharedSimulation(int nodes) {
    this(nodes, HomeRules::new);
  }

  SharedSimulation(int nodes, Supplier<HomeRules> rules) {
    this.nodes = nodes;
    this.rules = rules;
  }

  /** Runs so many schedules, of consecutive seeds, or up to the first that finds a stale page. */
  public Outcome run(long firstSeed, long runs, Listener listener) {
    long events = 0;
    long hash = 0;
    for (long run = 0; run < runs; run++) {
      long seed = firstSeed + run;
      Result result = schedule(seed, false);
      SharedSim sim = result.sim();
      events += sim.happened();
      hits += sim.history.hits();
      changes += sim.changes;
      serving += sim.serving() > 0 ? 1 : 0;
      hash = ((hash * 31 + sim.happened()) * 31 + sim.history.hits()) * 31 + sim.changes;
      if (result.violation() != null) {
        return new Outcome(run + 1, events, hits, hash, explain(seed));
      }
      listener.ended(run + 1);
    }
    return new Outcome(runs, events, hits, hash, null);
  }

  /** Runs a schedule again, now with its steps as text. */
  private Failure explain(long seed) {
    Result again = schedule(seed, true);
    Throwable violation = again.violation();
    return violation == null
        ? new Failure(seed, "nothing when it was run again", again.sim().steps(), null)
        : new Failure(
            seed,
            String.valueOf(violation.getMessage()),
            again.sim().steps(),
            violation instanceof StalePageException ? null : violation);
  }

  private Result schedule(long seed, boolean readable) {
    SharedSim sim = new SharedSim(seed, rules, readable);
    try {
      run(sim);
      return new Result(sim, null);
    } catch (AssertionError | RuntimeException broken) {
      return new Result(sim, broken);
    }
  }

  private void run(SharedSim sim) {
    int count = nodes == 0 ? 1 + sim.random.nextInt(NODES_DRAWN) : nodes;
    for (int i = 0; i < count; i++) {
      sim.start("n" + i, i > 0 && sim.random.nextInt(GUESTS_ONE_IN) == 0 ? 0 : 1);
    }
    sim.run(WARM_UP_MILLIS);
    sim.faulty = sim.random.nextInt(SOUND_LINKS_ONE_IN) > 0;
    for (int i = 0; i < FAULTS; i++) {
      sim.fault();
      sim.run(FAULT_MILLIS_MIN + sim.random.nextInt(FAULT_MILLIS_MORE));
    }
    sim.heal();
    sim.run(HEALED_MILLIS);
  }

  /** Pages that were got so far. */
  long hits() {
    return hits;
  }

  /** Puts and invalidates that were completed. */
  long changes() {
    return changes;
  }

  /** Schedules at whose end some node served. */
  long serving() {
    return serving;
  }
}

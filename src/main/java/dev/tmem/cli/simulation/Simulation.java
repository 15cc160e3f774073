package dev.tmem.cli.simulation;

import dev.tmem.codec.PageCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs schedules, seed after seed, until one breaks a contract. Confined to one thread. */
public final class Simulation {

  /** The fewest and the most nodes that a schedule may be asked to have. */
  public static final int NODES_MIN = Temper.NODES_MIN;

  public static final int NODES_MAX = Temper.NODES_MAX;

  /** Share of a page, in percent, above which it is kept raw. */
  private static final int MAX_STORED_PERCENT = 73;

  /**
   * A contract was broken.
   *
   * @param seed of the schedule
   * @param what was broken, and how
   * @param lastSteps of the schedule, oldest first
   * @param cause null: nothing was thrown
   */
  public record Failure(
      long seed, String what, List<String> lastSteps, @Nullable Throwable cause) {}

  /**
   * How far it came.
   *
   * @param schedules that were run, the broken one included
   * @param events that happened in them
   * @param loads of pages that were there, and right
   * @param hash of everything that happened
   * @param failure null: nothing was broken
   */
  public record Outcome(
      long schedules, long events, long loads, long hash, @Nullable Failure failure) {}

  /** Hears of each schedule that has ended. */
  public interface Listener {
    void ended(long schedules);
  }

  private final int nodes;
  private final Wiring wiring;
  private final PageCodec codec = new PageCodec(MAX_STORED_PERCENT);
  private final List<Machine> machines = new ArrayList<>();

  /**
   * @param nodes of each schedule; 0: its seed tells
   */
  public Simulation(int nodes) {
    this(nodes, Wiring.PLAIN);
  }

  Simulation(int nodes, Wiring wiring) {
    this.nodes = nodes;
    this.wiring = wiring;
    for (int number = 0; number < NODES_MAX; number++) {
      machines.add(new Machine(number));
    }
  }

  /** Runs so many schedules, of consecutive seeds, or up to the first that breaks a contract. */
  public Outcome run(long firstSeed, long runs, Listener listener) {
    long events = 0;
    long loads = 0;
    long hash = 0;
    for (long run = 0; run < runs; run++) {
      long seed = firstSeed + run;
      Schedule.Result result = schedule(seed, false);
      events += result.events();
      loads += result.loaded();
      hash = hash * 31 + result.hash();
      Violation violation = result.violation();
      if (violation != null) {
        return new Outcome(run + 1, events, loads, hash, explain(seed, violation));
      }
      listener.ended(run + 1);
    }
    return new Outcome(runs, events, loads, hash, null);
  }

  /** Runs a schedule again, now with its steps as text. */
  private Failure explain(long seed, Violation violation) {
    Schedule.Result again = schedule(seed, true);
    String what = String.valueOf(violation.getMessage());
    boolean isSame =
        again.violation() != null
            && what.equals(Objects.requireNonNull(again.violation()).getMessage());
    return new Failure(
        seed,
        isSame ? what : what + " (and something else when it was run again)",
        again.lastSteps(),
        violation.getCause());
  }

  private Schedule.Result schedule(long seed, boolean readable) {
    return new Schedule(seed, nodes, machines, codec, wiring, readable).run();
  }
}

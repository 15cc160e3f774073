package dev.tmem.cli;

import dev.tmem.Options;
import dev.tmem.cli.simulation.Simulation;
import dev.tmem.cli.simulation.shared.SharedSimulation;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The simulator. Confined to the main thread. */
@Command(
    name = "simulate",
    description = {
      "Run clusters in one thread, in time of their own, over links and disks that fail, and hold"
          + " every page that is loaded against what it may be.",
      "",
      "A seed tells a schedule: the same seed is the same schedule, step for step. The exit code is"
          + " 0 only if no schedule broke a contract; if one did, its seed and its last steps are"
          + " shown, and no further one is run. docs/simulator.md tells what is simulated."
    })
final class SimulateCommand implements Callable<Integer> {

  private static final int LAST_STEPS = 60;
  private static final long NANOS_BETWEEN_NEWS = 1_000_000_000;
  private static final long DEFAULT_RUNS = 1_000;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of the first schedule; the next have the next ones (default: 1).")
  private long seed = 1;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "How many schedules (default: ${DEFAULT-VALUE}).")
  private long runs = DEFAULT_RUNS;

  @Option(
      names = "--nodes",
      paramLabel = "K",
      description =
          "Nodes of each, 3 to 9; those it begins with, 1 to 7, if caches are shared (default: its"
              + " seed tells).")
  private int nodes;

  @Option(
      names = "--workload",
      paramLabel = "W",
      description =
          "What is simulated: swap (areas and the peers that lend to each other) or shared (clean"
              + " caches that all nodes share) (default: ${DEFAULT-VALUE}).")
  private String workload = Options.word(Workload.SWAP);

  /** What runs in the simulated cluster. */
  private enum Workload {
    SWAP,
    SHARED
  }

  @Option(
      names = "--json",
      description = "One JSON object on standard output; the rest goes to standard error.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Terminal terminal;

  SimulateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    boolean shared = Options.choice("--workload", Workload.class, workload) == Workload.SHARED;
    int least = shared ? SharedSimulation.NODES_MIN : Simulation.NODES_MIN;
    int most = shared ? SharedSimulation.NODES_MAX : Simulation.NODES_MAX;
    if (nodes != 0 && (nodes < least || nodes > most)) {
      throw refused("--nodes", nodes, least + " to " + most);
    }
    if (runs < 1) {
      throw refused("--runs", runs, "1 or more");
    }
    Logs.silence();
    long start = System.nanoTime();
    Simulation.Outcome outcome =
        shared
            ? new SharedSimulation(nodes).run(seed, runs, new News(start))
            : new Simulation(nodes).run(seed, runs, new News(start));
    double seconds = (System.nanoTime() - start) / 1e9;
    if (json) {
      terminal.print(json(outcome, seconds));
    } else {
      print(outcome, seconds);
    }
    return outcome.failure() == null ? ExitCode.DONE : ExitCode.FAILED;
  }

  private ParameterException refused(String option, long value, String wanted) {
    return new ParameterException(
        spec.commandLine(), option + ": " + value + " is not allowed; " + wanted + " is");
  }

  /** Says now and then how far it is. */
  private final class News implements Simulation.Listener {

    private final long start;
    private long next;

    News(long start) {
      this.start = start;
      this.next = start + NANOS_BETWEEN_NEWS;
    }

    @Override
    public void ended(long schedules) {
      long now = System.nanoTime();
      if (now - next >= 0) {
        next = now + NANOS_BETWEEN_NEWS;
        double rate = schedules / ((now - start) / 1e9);
        terminal.note("%,d of %,d schedules, %,.0f a second".formatted(schedules, runs, rate));
      }
    }
  }

  private void print(Simulation.Outcome outcome, double seconds) {
    terminal.print(
        "%,d schedules from seed %d, %,d events, %,d pages loaded, %,.0f schedules a second"
            .formatted(
                outcome.schedules(),
                seed,
                outcome.events(),
                outcome.loads(),
                outcome.schedules() / seconds));
    Simulation.Failure failure = outcome.failure();
    if (failure == null) {
      terminal.print("no contract was broken");
      return;
    }
    terminal.print("seed " + failure.seed() + " broke " + failure.what());
    terminal.print("its last steps:");
    terminal.print(lastSteps(failure));
    if (failure.cause() != null) {
      failure.cause().printStackTrace(terminal.err());
    }
  }

  private static List<String> lastSteps(Simulation.Failure failure) {
    List<String> steps = failure.lastSteps();
    return steps.subList(Math.max(0, steps.size() - LAST_STEPS), steps.size());
  }

  private JsonObject json(Simulation.Outcome outcome, double seconds) {
    JsonObject result =
        new JsonObject()
            .put("seed", seed)
            .put("schedules", outcome.schedules())
            .put("events", outcome.events())
            .put("loads", outcome.loads())
            .put("seconds", seconds)
            .put("schedulesPerSecond", outcome.schedules() / seconds)
            .put("hash", Long.toHexString(outcome.hash()));
    Simulation.Failure failure = outcome.failure();
    return failure == null
        ? result
        : result.put(
            "failure",
            new JsonObject()
                .put("seed", failure.seed())
                .put("what", failure.what())
                .put("lastSteps", new JsonArray(lastSteps(failure))));
  }
}

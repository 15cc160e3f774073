package dev.tmem.cli;

import dev.tmem.cli.bench.BenchOptions;
import dev.tmem.cli.bench.BenchRun;
import dev.tmem.cli.terminal.Terminal;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Benchmarks. Confined to the main thread. */
@Command(
    name = "bench",
    description = {
      "Measure on this machine, with what it is to be compared with beside it in the same run.",
      "",
      "Everything is measured in processes of its own, and every page that is loaded is compared"
          + " with what was stored. The exit code is 0 if all rows were measured, whether they"
          + " reach their goals or not. docs/benchmarks.md tells what the rows mean."
    })
final class BenchCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "NAME",
      description = "What to measure: zram, dispatch, ramster, swapfile, shared, or all.")
  private String name = BenchOptions.ALL;

  @Option(
      names = "--pages",
      paramLabel = "N",
      description = "Size of the whole; each row takes its part of it (default: ${DEFAULT-VALUE}).")
  private long pages = BenchOptions.DEFAULT_PAGES;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of everything random (default: ${DEFAULT-VALUE}).")
  private long seed = BenchOptions.DEFAULT_SEED;

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "ROW",
      description = "Only these rows, separated by commas (default: all).")
  private Set<String> rows = Set.of();

  @Option(
      names = "--json",
      description = "One JSON object on standard output; the rest goes to standard error.")
  private boolean json;

  private final Terminal terminal;

  BenchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    BenchRun run = new BenchRun(new BenchOptions(name, pages, seed, rows), terminal);
    BenchRun.Outcome outcome = run.run();
    if (json) {
      terminal.print(outcome.json());
    } else {
      terminal.print(run.table());
    }
    return outcome.failed().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }
}

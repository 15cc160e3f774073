package dev.tmem.cli;

import dev.tmem.Options;
import dev.tmem.PeerTransport;
import dev.tmem.TmemOptions;
import dev.tmem.cli.demo.JavaCommand;
import dev.tmem.cli.terminal.Terminal;
import dev.tmem.cli.torture.Torture;
import dev.tmem.cli.torture.TortureOptions;
import dev.tmem.cli.torture.TortureWorkload;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The torture. Confined to the main thread. */
@Command(
    name = "torture",
    description = {
      "Start nodes on this machine, load them, let one fault after another happen to them, and hold"
          + " every page against what was stored.",
      "",
      "Everything runs in processes and a folder of its own, and is gone at the end. The plan of"
          + " faults follows from the seed. Partitions and slow links need network namespaces of"
          + " Linux, by root or in a user namespace; elsewhere they are left out. The exit code is"
          + " 0 only if no page was stale, lost or corrupt, and none is leaked."
    })
final class TortureCommand implements Callable<Integer> {

  @Option(
      names = "--workload",
      paramLabel = "W",
      description =
          "What is tortured: swap (areas and the peers that lend to each other) or shared (a clean"
              + " cache that all nodes share) (default: ${DEFAULT-VALUE}).")
  private String workload = Options.word(TortureWorkload.SWAP);

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description = "How many nodes, 2 to 5; of shared caches 3 to 5 (default: ${DEFAULT-VALUE}).")
  private int nodes = TortureOptions.DEFAULT_NODES;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "How long faults happen; starting and the check at the end come on top (default:"
              + " ${DEFAULT-VALUE}).")
  private int seconds = TortureOptions.DEFAULT_SECONDS;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      description = "Of plan, clients and pages (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "FAULT",
      defaultValue = TortureOptions.ALL_FAULTS,
      description = "Which faults, separated by commas (default: ${DEFAULT-VALUE}).")
  private Set<String> faults = Set.of();

  @Option(
      names = "--transport",
      paramLabel = "KIND",
      description = "channel or eventbus (default: ${DEFAULT-VALUE}).")
  private String transport = Options.word(TmemOptions.DEFAULT_TRANSPORT);

  @Option(
      names = "--json",
      description = "One JSON object on standard output; the rest goes to standard error.")
  private boolean json;

  private final Terminal terminal;

  TortureCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    PeerTransport kind = Options.choice("--transport", PeerTransport.class, transport);
    TortureWorkload what = Options.choice("--workload", TortureWorkload.class, workload);
    TortureOptions options = new TortureOptions(what, nodes, seconds, seed, faults, kind);
    JavaCommand java = JavaCommand.likeThisOne(Main.class.getName());
    Torture.Outcome outcome =
        new Torture(options, java, json ? terminal.asideOnly() : terminal).run();
    if (json) {
      terminal.print(outcome.json());
    }
    return outcome.good() ? ExitCode.DONE : ExitCode.FAILED;
  }
}

package dev.tmem.cli;

import dev.tmem.Options;
import dev.tmem.cli.terminal.Terminal;
import dev.tmem.cli.torture.MemberMain;
import dev.tmem.cli.torture.TortureWorkload;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A node under torture, as {@code torture} starts it. Confined to the main thread. */
@Command(name = "torture-member", hidden = true, description = "A node under torture.")
final class TortureMemberCommand implements Callable<Integer> {

  @Option(names = "--config", required = true, paramLabel = "FILE", description = "Of the node.")
  private Path config = Path.of("");

  @Option(names = "--seed", required = true, paramLabel = "SEED", description = "Of its clients.")
  private long seed;

  @Option(names = "--workload", required = true, paramLabel = "W", description = "Of its clients.")
  private String workload = "";

  @Option(names = "--ledger", required = true, paramLabel = "FILE", description = "Of all clients.")
  private Path ledger = Path.of("");

  private final Terminal terminal;

  TortureMemberCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    BufferedReader words =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    TortureWorkload kind = Options.choice("--workload", TortureWorkload.class, workload);
    MemberMain.run(config, seed, kind, ledger, words, terminal.out());
    return ExitCode.DONE;
  }
}

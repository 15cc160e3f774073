package dev.tmem.cli;

import dev.tmem.Options;
import dev.tmem.cli.demo.Demo;
import dev.tmem.cli.demo.DemoOptions;
import dev.tmem.cli.demo.JavaCommand;
import dev.tmem.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The demonstration. Confined to the main thread. */
@Command(
    name = "demo",
    description = {
      "Show it all on this machine: start nodes, import real files, overwrite a quarter of the"
          + " pages, kill a node, and verify every page.",
      "",
      "Everything runs in processes and a folder of its own, and is gone at the end. The exit code"
          + " is 0 only if all pages were right."
    })
final class DemoCommand implements Callable<Integer> {

  @Option(
      names = "--nodes",
      paramLabel = "N",
      description =
          "How many nodes, 1 to " + DemoOptions.MAX_NODES + " (default: ${DEFAULT-VALUE}).")
  private int nodes = DemoOptions.DEFAULT_NODES;

  @Option(
      names = "--data",
      arity = "1..*",
      paramLabel = "PATH",
      description = "Files and folders to import (default: those of the running JDK).")
  private List<Path> data = List.of();

  @Option(
      names = "--pool",
      paramLabel = "BYTES",
      description = "Memory limit of each node (default: ${DEFAULT-VALUE}).")
  private String pool = DemoOptions.DEFAULT_POOL;

  @Option(
      names = "--json",
      description = "One JSON object on standard output; the rest goes to standard error.")
  private boolean json;

  private final Terminal terminal;

  DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    DemoOptions options = new DemoOptions(nodes, data, Options.bytes("--pool", pool));
    JavaCommand java = JavaCommand.likeThisOne(Main.class.getName());
    Demo.Outcome outcome = new Demo(options, java, json ? terminal.asideOnly() : terminal).run();
    if (json) {
      terminal.print(outcome.json());
    }
    return outcome.allRight() ? ExitCode.DONE : ExitCode.FAILED;
  }
}

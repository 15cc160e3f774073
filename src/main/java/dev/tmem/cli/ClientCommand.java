package dev.tmem.cli;

import dev.tmem.Tmem;
import dev.tmem.cli.client.NodeClient;
import dev.tmem.cli.terminal.Terminal;
import dev.tmem.node.NodeOptions;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that talks to one node. Confined to the main thread. */
abstract class ClientCommand implements Callable<Integer> {

  final Terminal terminal;

  @Mixin private Target target = new Target();

  @Option(names = "--json", description = "One JSON object on standard output, and nothing else.")
  private boolean json;

  ClientCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  final boolean json() {
    return json;
  }

  @Override
  public final Integer call() throws IOException {
    check();
    NodeOptions options = target.options();
    try (NodeClient client = NodeClient.join(options)) {
      run(client.connect(target.node()));
    }
    return ExitCode.DONE;
  }

  /** Refuses what can be seen to be wrong without a node. */
  void check() throws IOException {}

  abstract void run(Tmem node) throws IOException;
}

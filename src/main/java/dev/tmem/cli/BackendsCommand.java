package dev.tmem.cli;

import dev.tmem.Tmem;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;

/** The backends of a node. Confined to the main thread. */
@Command(name = "backends", description = "List the backends of a node, in tier order.")
final class BackendsCommand extends ClientCommand {

  BackendsCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void run(Tmem node) {
    JsonObject answer = node.admin("backends", new JsonObject()).await();
    if (json()) {
      terminal.print(answer);
    } else {
      terminal.print(Answers.backends(answer).lines(terminal.colourOut()));
    }
  }
}

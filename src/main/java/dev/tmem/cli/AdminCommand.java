package dev.tmem.cli;

import dev.tmem.Tmem;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Any admin command, answered as JSON. Confined to the main thread. */
@Command(
    name = "admin",
    description = {
      "Run an admin command on a node; its answer is JSON.",
      "",
      "Commands: stats, areas, caches, shared, backends, peers, slots, classes, check,"
          + " memory-limit, lend-limit, mem-used-max, compact, mark-idle, recompress, shrink,"
          + " writeback, writeback-limit, scrub, writethrough, writethrough-sync, works, stop,"
          + " exclusive, change, freeze, thaw, swap-on, reset, swap-off, cache-off, shared-force,"
          + " providers, register, deregister, grow, drain. An unknown one is answered with the"
          + " whole list, a wrong argument with the right ones."
    })
final class AdminCommand extends ClientCommand {

  @Parameters(index = "0", paramLabel = "COMMAND", description = "Such as memory-limit.")
  private String command = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "JSON",
      description = "Its arguments, such as '{\"bytes\":\"64m\"}'.")
  private String arguments = "{}";

  @Spec private CommandSpec spec = CommandSpec.create();

  private JsonObject parsed = new JsonObject();

  AdminCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check() {
    try {
      parsed = new JsonObject(arguments);
    } catch (DecodeException malformed) {
      throw new ParameterException(
          spec.commandLine(), "not a JSON object: " + arguments, malformed);
    }
  }

  @Override
  void run(Tmem node) {
    terminal.print(node.admin(command, parsed).await());
  }
}

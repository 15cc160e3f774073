package dev.tmem.cli;

import dev.tmem.Tmem;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Table;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;

/** The open areas of a node. Confined to the main thread. */
@Command(name = "areas", description = "List the swap areas of a node.")
final class AreasCommand extends ClientCommand {

  AreasCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void run(Tmem node) {
    JsonObject answer = node.admin("areas", new JsonObject()).await();
    if (json()) {
      terminal.print(answer);
      return;
    }
    Table table = new Table("area", ">page size", ">pages", "where", "protection", ">handles");
    for (JsonObject area : Answers.list(answer, "areas")) {
      JsonObject options = area.getJsonObject("options", new JsonObject());
      table.row(
          area.getString("area"),
          Amount.bytes(options.getLong("pageSize", 0L)),
          Amount.count(area.getLong("pages", 0L)),
          Answers.counts(area.getJsonObject("pagesByBackend", new JsonObject())),
          options.getString("protection", "-")
              + (options.getBoolean("writethrough", false) ? ", writethrough" : ""),
          Amount.count(area.getLong("handles", 0L)));
    }
    if (table.isEmpty()) {
      terminal.print(node.nodeName() + " has no areas");
    } else {
      terminal.print(table.lines(terminal.colourOut()));
    }
  }
}

package dev.tmem.cli;

import dev.tmem.Tmem;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Table;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;

/** The size classes of a node's pool. Confined to the main thread. */
@Command(
    name = "classes",
    description = "List the size classes of the pool in RAM: how full, and what is wasted.")
final class ClassesCommand extends ClientCommand {

  ClassesCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void run(Tmem node) {
    JsonObject answer = node.admin("classes", new JsonObject()).await();
    if (json()) {
      terminal.print(answer);
      return;
    }
    Table table =
        new Table(">size", ">a span", ">spans", ">zpages", ">used", ">wasted", ">places taken");
    for (JsonObject one : Answers.list(answer, "classes")) {
      table.row(
          Amount.count(one.getLong("size", 0L)),
          Amount.count(one.getLong("perSpan", 0L)),
          Amount.count(one.getLong("spans", 0L)),
          Amount.count(one.getLong("objects", 0L)),
          Amount.bytes(one.getLong("usedBytes", 0L)),
          Amount.bytes(one.getLong("wastedBytes", 0L)),
          one.getLong("fullness", 0L) + " %");
    }
    if (table.isEmpty()) {
      terminal.print("the pool of " + node.nodeName() + " is empty");
    } else {
      terminal.print(table.lines(terminal.colourOut()));
    }
  }
}

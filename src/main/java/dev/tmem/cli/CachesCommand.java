package dev.tmem.cli;

import dev.tmem.Tmem;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Table;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;

/** The open clean caches of a node. Confined to the main thread. */
@Command(name = "caches", description = "List the clean caches of a node.")
final class CachesCommand extends ClientCommand {

  CachesCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void run(Tmem node) {
    JsonObject answer = node.admin("caches", new JsonObject()).await();
    if (json()) {
      terminal.print(answer);
      return;
    }
    Table table = new Table("cache", ">page size", ">pages", "gets", ">time to live", ">handles");
    for (JsonObject cache : Answers.list(answer, "caches")) {
      JsonObject options = cache.getJsonObject("options", new JsonObject());
      long seconds = options.getLong("timeToLiveSeconds", 0L);
      table.row(
          cache.getString("cache"),
          Amount.bytes(options.getLong("pageSize", 0L)),
          Amount.count(cache.getLong("pages", 0L)),
          options.getBoolean("exclusiveGets", false) ? "exclusive" : "shared",
          seconds == 0 ? "-" : Amount.seconds((double) seconds),
          Amount.count(cache.getLong("handles", 0L)));
    }
    if (table.isEmpty()) {
      terminal.print(node.nodeName() + " has no caches");
    } else {
      terminal.print(table.lines(terminal.colourOut()));
    }
  }
}

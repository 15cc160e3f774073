package dev.tmem.cli;

import dev.tmem.Tmem;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Table;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The statistics of a node or of one of its areas. Confined to the main thread. */
@Command(name = "stats", description = "Show the statistics of a node, or of one of its areas.")
final class StatsCommand extends ClientCommand {

  @Parameters(index = "0", arity = "0..1", paramLabel = "AREA", description = "Only this area.")
  private @Nullable String area;

  StatsCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void run(Tmem node) {
    JsonObject arguments = new JsonObject();
    if (area != null) {
      arguments.put("area", area);
    }
    JsonObject answer = node.admin("stats", arguments).await();
    if (json()) {
      terminal.print(answer);
    } else if (area == null) {
      printNode(answer);
    } else {
      printArea(answer);
    }
  }

  private void printNode(JsonObject stats) {
    Table table = new Table("node", stats.getString("node", "-"));
    table.row("up", Amount.seconds(stats.getLong("uptimeSeconds", 0L)));
    table.row("resident", bytes(stats, "rssBytes"));
    table.row(
        "memory used",
        bytes(stats, "memoryUsed")
            + " of "
            + bytes(stats, "memoryLimit")
            + ", at most "
            + bytes(stats, "memoryUsedMax"));
    table.row(
        "lent to peers",
        bytes(stats, "foreignBytes")
            + " of "
            + bytes(stats, "lendLimit")
            + ", "
            + count(stats, "foreignPages")
            + (stats.getBoolean("leaving", false) ? " pages, handing them back" : " pages"));
    table.row("areas", count(stats, "areas"));
    table.row("pages", count(stats, "pages"));
    table.row("caches", count(stats, "caches"));
    table.row("pages in caches", count(stats, "cachePages"));
    print(table);
    print(Answers.backends(stats));
    printCounters(stats);
  }

  private void printArea(JsonObject stats) {
    Table table = new Table("area", stats.getString("area", "-"));
    table.row("node", stats.getString("node", "-"));
    JsonObject options = stats.getJsonObject("options", new JsonObject());
    options.fieldNames().forEach(name -> table.row(name, options.getValue(name)));
    table.row("handles", count(stats, "handles"));
    table.row("pages", count(stats, "pages"));
    table.row("where", where(stats, "pagesByBackend"));
    table.row("further copies", where(stats, "extraCopiesByBackend"));
    print(table);
    printCounters(stats);
  }

  private void printCounters(JsonObject stats) {
    Table counters = Answers.counters(stats.getJsonObject("counters", new JsonObject()));
    if (!counters.isEmpty()) {
      print(counters);
    }
  }

  private void print(Table table) {
    terminal.print(table.lines(terminal.colourOut()));
    terminal.print("");
  }

  private static String where(JsonObject stats, String key) {
    return Answers.counts(stats.getJsonObject(key, new JsonObject()));
  }

  private static String bytes(JsonObject stats, String key) {
    return Amount.bytes(stats.getLong(key, 0L));
  }

  private static String count(JsonObject stats, String key) {
    return Amount.count(stats.getLong(key, 0L));
  }
}

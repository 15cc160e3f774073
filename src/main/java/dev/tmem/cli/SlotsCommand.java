package dev.tmem.cli;

import dev.tmem.Options;
import dev.tmem.Tmem;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Table;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Single pages of an area. Confined to the main thread. */
@Command(
    name = "slots",
    description = {
      "List pages of a swap area: where each lies, and in which state.",
      "",
      "1,024 pages at the most, the lowest offsets first."
    })
final class SlotsCommand extends ClientCommand {

  @Parameters(index = "0", paramLabel = "AREA", description = "The swap area.")
  private String area = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "FROM", description = "The first offset.")
  private long from;

  @Parameters(index = "2", arity = "0..1", paramLabel = "TO", description = "The last offset.")
  private @Nullable Long to;

  SlotsCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void check() {
    Options.name("area", area);
  }

  @Override
  void run(Tmem node) {
    JsonObject arguments = new JsonObject().put("area", area).put("from", from);
    if (to != null) {
      arguments.put("to", to);
    }
    JsonObject answer = node.admin("slots", arguments).await();
    if (json()) {
      terminal.print(answer);
      return;
    }
    Table table = new Table(">offset", "where", ">bytes", ">idle for", "state");
    for (JsonObject slot : Answers.list(answer, "slots")) {
      table.row(
          Amount.count(slot.getLong("offset", 0L)),
          where(slot),
          slot.containsKey("length") ? Amount.count(slot.getLong("length")) : "",
          slot.containsKey("idleSeconds") ? slot.getLong("idleSeconds") + " s" : "",
          words(slot.getJsonArray("state", new JsonArray()), " "));
    }
    if (table.isEmpty()) {
      terminal.print("no pages there");
    } else {
      terminal.print(table.lines(terminal.colourOut()));
    }
  }

  private static String where(JsonObject slot) {
    String extra = words(slot.getJsonArray("extra", new JsonArray()), ", ");
    return slot.getString("backend", "-") + (extra.isEmpty() ? "" : ", " + extra);
  }

  private static String words(JsonArray words, String between) {
    return words.stream().map(String::valueOf).collect(Collectors.joining(between));
  }
}

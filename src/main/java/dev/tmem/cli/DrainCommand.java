package dev.tmem.cli;

import dev.tmem.ErrorCode;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Table;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a node ready to be stopped. Confined to the main thread. */
@Command(
    name = "drain",
    description = {
      "Make a node ready to be stopped: it lends no more and hands its peers' pages back.",
      "",
      "Areas whose pages would end with it are listed first, and need --discard: they end when"
          + " everything else is done. 'tmem admin works' shows how far it is, 'tmem admin stop"
          + " {\"work\": NUMBER}' takes it back."
    })
final class DrainCommand extends ClientCommand {

  @Option(names = "--discard", description = "Its own areas, with all their pages, may end.")
  private boolean discard;

  @Option(names = "--no-wait", description = "Do not wait for the end of it.")
  private boolean noWait;

  DrainCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void run(Tmem node) {
    JsonObject arguments = new JsonObject().put("discard", discard).put("wait", !noWait);
    JsonObject answer = node.admin("drain", arguments).await();
    if (json()) {
      terminal.print(answer);
    } else {
      print(node.nodeName(), answer);
    }
    if (answer.containsKey("areas")) {
      throw new TmemException(
          ErrorCode.AREA_BUSY,
          "nothing was done: the pages of these areas would end with "
              + node.nodeName()
              + "; --discard says that they may");
    }
    if (!noWait && !answer.getBoolean("drained", false)) {
      throw new TmemException(
          ErrorCode.BACKEND_FAILED,
          "the drain was stopped with "
              + answer.getLong("foreignPages", 0L)
              + " pages of peers still there");
    }
  }

  private void print(String name, JsonObject answer) {
    if (answer.containsKey("areas")) {
      Table table = new Table("area", ">pages", ">handles");
      for (JsonObject area : Answers.list(answer, "areas")) {
        table.row(
            area.getString("area"),
            Amount.count(area.getLong("pages", 0L)),
            Amount.count(area.getLong("handles", 0L)));
      }
      terminal.print(table.lines(terminal.colourOut()));
    } else if (answer.getBoolean("drained", false)) {
      terminal.print(
          "%s is drained: %s pages handed back, %d areas with %s pages ended"
              .formatted(
                  name,
                  Amount.count(answer.getLong("handedBack", 0L)),
                  answer.getJsonArray("ended").size(),
                  Amount.count(answer.getLong("discarded", 0L))));
    } else {
      terminal.print(
          "%s hands %s pages back"
              .formatted(name, Amount.count(answer.getLong("foreignPages", 0L))));
    }
  }
}

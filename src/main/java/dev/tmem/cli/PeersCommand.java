package dev.tmem.cli;

import dev.tmem.Tmem;
import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Ink;
import dev.tmem.cli.terminal.Table;
import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;

/** The peers of a node. Confined to the main thread. */
@Command(name = "peers", description = "List the peers of a node, and who keeps whose pages.")
final class PeersCommand extends ClientCommand {

  PeersCommand(Terminal terminal) {
    super(terminal);
  }

  @Override
  void run(Tmem node) {
    JsonObject answer = node.admin("peers", new JsonObject()).await();
    if (json()) {
      terminal.print(answer);
      return;
    }
    Table table =
        new Table(
            "peer", "state", "over", ">spare", ">keeps for us", ">we keep for it", ">bytes of it");
    for (JsonObject peer : Answers.list(answer, "peers")) {
      String state = peer.getString("state", "-");
      table.row(
          peer.getString("name"),
          new Table.Cell(state, state.equals("alive") ? Ink.GOOD : Ink.WARM),
          peer.getString("transport", "-"),
          Amount.bytes(peer.getLong("spareBytes", 0L)),
          Amount.count(peer.getLong("lentPages", 0L)),
          Amount.count(peer.getLong("foreignPages", 0L)),
          Amount.bytes(peer.getLong("foreignBytes", 0L)));
    }
    if (table.isEmpty()) {
      terminal.print(node.nodeName() + " has no peers");
    } else {
      terminal.print(table.lines(terminal.colourOut()));
    }
  }
}

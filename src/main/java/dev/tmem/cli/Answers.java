package dev.tmem.cli;

import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Ink;
import dev.tmem.cli.terminal.Table;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** How answers of a node are laid out for people. */
final class Answers {

  private Answers() {}

  /** The objects of an array; none if it is missing. */
  static List<JsonObject> list(JsonObject answer, String key) {
    List<JsonObject> found = new ArrayList<>();
    for (Object entry : answer.getJsonArray(key, new JsonArray())) {
      if (entry instanceof JsonObject object) {
        found.add(object);
      }
    }
    return found;
  }

  /** {@code zram 12,345, swapfile 678}; {@code -} if there is nothing to name. */
  static String counts(JsonObject numbers) {
    List<String> parts = new ArrayList<>();
    for (String name : numbers.fieldNames()) {
      long number = numbers.getLong(name, 0L);
      if (number != 0) {
        parts.add(name + " " + Amount.count(number));
      }
    }
    return parts.isEmpty() ? "-" : String.join(", ", parts);
  }

  /** Backends, one a row, in tier order. */
  static Table backends(JsonObject answer) {
    Table table =
        new Table(
            "backend", ">tier", "state", ">pages", ">further copies", ">used", ">limit", "", "");
    for (JsonObject backend : list(answer, "backends")) {
      long used = backend.getLong("usedBytes", 0L);
      long limit = backend.getLong("limitBytes", 0L);
      String state = backend.getString("state", "-");
      table.row(
          backend.getString("name"),
          backend.getLong("tier", 0L),
          new Table.Cell(state, state.equals("active") ? Ink.GOOD : Ink.WARM),
          Amount.count(backend.getLong("pages", 0L)),
          Amount.count(backend.getLong("extraCopies", 0L)),
          Amount.bytes(used),
          Amount.bytes(limit),
          limit > 0 ? Amount.percent(used, limit) : "",
          backend.getString("reason", ""));
    }
    return table;
  }

  /** Counters that are not zero, by name. */
  static Table counters(JsonObject counters) {
    Table table = new Table("counter", ">value");
    new TreeMap<>(counters.getMap())
        .forEach((name, value) -> {
          if (value instanceof Number number && number.longValue() != 0) {
            table.row(name, Amount.count(number.longValue()));
          }
        });
    return table;
  }
}

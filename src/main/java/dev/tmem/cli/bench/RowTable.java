package dev.tmem.cli.bench;

import dev.tmem.cli.terminal.Amount;
import dev.tmem.cli.terminal.Ink;
import dev.tmem.cli.terminal.Table;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows, for people. Immutable. */
record RowTable(List<Row> rows, boolean colour) {

  List<String> lines() {
    Table table = new Table("row", ">ours", ">beside", "unit", ">ratio", ">goal", "", "parts");
    for (Row row : rows) {
      boolean reached = row.reached();
      String sign = row.better() == Better.HIGHER ? ">= " : "<= ";
      table.row(
          row.name(),
          figure(row.ours()),
          figure(row.beside()),
          row.unit(),
          row.ratio() == null ? "-" : String.format(Locale.ROOT, "%.3f", row.ratio()),
          sign + figure(row.goal()),
          new Table.Cell(reached ? "reached" : "missed", reached ? Ink.GOOD : Ink.BAD),
          row.parts().entrySet().stream()
              .map(part -> part.getKey() + " " + figure(part.getValue()))
              .collect(Collectors.joining(", ")));
    }
    return table.lines(colour);
  }

  private static String figure(@Nullable Double figure) {
    if (figure == null) {
      return "-";
    }
    if (Math.abs(figure) >= 1000) {
      return Amount.count(Math.round(figure));
    }
    String text = String.format(Locale.ROOT, Math.abs(figure) >= 100 ? "%.1f" : "%.3f", figure);
    return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
  }
}

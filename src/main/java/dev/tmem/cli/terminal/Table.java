package dev.tmem.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns. Confined to one thread. */
public final class Table {

  private static final String GAP = "  ";

  /** A piece of a row and how it stands out. */
  public record Cell(String text, Ink ink) {
    public static Cell of(Object value) {
      return value instanceof Cell cell ? cell : new Cell(String.valueOf(value), Ink.PLAIN);
    }
  }

  private final List<String> headers = new ArrayList<>();
  private final List<Boolean> toTheRight = new ArrayList<>();
  private final List<List<Cell>> rows = new ArrayList<>();

  /**
   * @param headers names of the columns; one that begins with {@code >} is aligned to the right
   */
  public Table(String... headers) {
    for (String header : headers) {
      boolean right = header.startsWith(">");
      toTheRight.add(right);
      this.headers.add(right ? header.substring(1) : header);
    }
  }

  /**
   * @param cells one for each column: texts, numbers or {@link Cell}s
   */
  public Table row(Object... cells) {
    if (cells.length != headers.size()) {
      throw new IllegalArgumentException(cells.length + " cells, " + headers.size() + " columns");
    }
    List<Cell> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(Cell.of(cell));
    }
    rows.add(row);
    return this;
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** The header and the rows, without trailing blanks. */
  public List<String> lines(boolean colour) {
    int[] widths = new int[headers.size()];
    List<List<Cell>> all = new ArrayList<>();
    all.add(headers.stream().map(header -> new Cell(header, Ink.DIM)).toList());
    all.addAll(rows);
    for (List<Cell> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i).text()));
      }
    }
    return all.stream().map(row -> line(row, widths, colour)).toList();
  }

  private String line(List<Cell> row, int[] widths, boolean colour) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      Cell cell = row.get(i);
      String blanks = " ".repeat(widths[i] - width(cell.text()));
      String text = cell.ink().on(cell.text(), colour);
      line.append(i == 0 ? "" : GAP).append(toTheRight.get(i) ? blanks + text : text + blanks);
    }
    return line.toString().stripTrailing();
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }
}

package dev.tmem.house;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A table of a document: rows by their first cell, cells by the heading of their column. */
public record MarkdownTable(List<String> columns, Map<String, Map<String, String>> rows) {

  /**
   * Reads the table whose first column has that heading.
   *
   * @param document path from the root of the project
   */
  public static MarkdownTable of(String document, String heading) throws IOException {
    Path path = Path.of(System.getProperty("basedir", "."), document);
    List<List<String>> lines = new ArrayList<>();
    for (String line : Files.readAllLines(path)) {
      List<String> cells = cells(line);
      boolean begins = !cells.isEmpty() && cells.get(0).equals(heading);
      if (begins || (!lines.isEmpty() && !cells.isEmpty())) {
        lines.add(cells);
      } else if (!lines.isEmpty()) {
        break;
      }
    }
    if (lines.size() < 3) {
      throw new AssertionError(document + " has no table with a first column " + heading);
    }
    return of(lines);
  }

  private static MarkdownTable of(List<List<String>> lines) {
    List<String> columns = lines.get(0).subList(1, lines.get(0).size());
    Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    for (List<String> cells : lines.subList(2, lines.size())) {
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        row.put(columns.get(i), i + 1 < cells.size() ? cells.get(i + 1) : "");
      }
      if (rows.put(cells.get(0), row) != null) {
        throw new AssertionError("two rows are named " + cells.get(0));
      }
    }
    return new MarkdownTable(columns, rows);
  }

  private static List<String> cells(String line) {
    if (!line.startsWith("|")) {
      return List.of();
    }
    String[] parts = line.substring(1).split("\\|", -1);
    return Arrays.stream(parts).limit(parts.length - 1).map(String::trim).toList();
  }
}

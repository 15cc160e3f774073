package dev.tmem.cli.bench;

import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** Lines that a job's process writes to the one that waits for it: a word, a space, the rest. */
enum Protocol {
  /** How far it is. */
  PROGRESS,
  /** Something to be known that is no row. */
  NOTE,
  /** A row, as JSON. */
  ROW;

  void write(PrintStream out, String text) {
    out.println(name() + " " + text);
    out.flush();
  }

  /** What a line of this kind says; null: it is of another. */
  @Nullable String read(String line) {
    return line.startsWith(name() + " ") ? line.substring(name().length() + 1) : null;
  }
}

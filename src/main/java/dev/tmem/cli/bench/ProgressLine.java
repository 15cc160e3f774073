package dev.tmem.cli.bench;

import dev.tmem.cli.terminal.Terminal;

/**
 * What is being done, on standard error: one line that is overwritten on a terminal, lines one
 * after the other elsewhere. Confined to one thread.
 */
final class ProgressLine {

  private final Terminal terminal;
  private int columns;

  ProgressLine(Terminal terminal) {
    this.terminal = terminal;
  }

  void show(String text) {
    if (!terminal.errIsTerminal()) {
      terminal.note(text);
      return;
    }
    terminal.err().print("\r" + text + " ".repeat(Math.max(0, columns - text.length())));
    terminal.err().flush();
    columns = text.length();
  }

  void clear() {
    if (columns > 0) {
      terminal.err().print("\r" + " ".repeat(columns) + "\r");
      terminal.err().flush();
      columns = 0;
    }
  }
}

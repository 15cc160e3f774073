package dev.tmem.cli.terminal;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;

/**
 * Lines that are drawn again in place as they change, on a terminal. Where there is none each
 * drawing would be added to the last, so the caller draws less often there.
 *
 * <p>Thread-safe: its own monitor. Other lines are written through {@link #above}, which keeps them
 * over the drawing.
 */
public final class LiveTable {

  private final Terminal terminal;

  @GuardedBy("this")
  private List<String> drawn = List.of();

  public LiveTable(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Whether drawings replace each other. */
  public boolean inPlace() {
    return terminal.outIsTerminal();
  }

  /** Draws these lines in the place of the last ones. */
  public synchronized void draw(List<String> lines) {
    StringBuilder text = new StringBuilder();
    if (inPlace() && !drawn.isEmpty()) {
      // up to the first line, and everything from there on cleared
      text.append("\u001b[").append(drawn.size()).append("A\r\u001b[J");
    }
    lines.forEach(line -> text.append(line).append(System.lineSeparator()));
    terminal.out().print(text);
    terminal.out().flush();
    drawn = inPlace() ? List.copyOf(lines) : List.of();
  }

  /** Writes a line that stays, above what is drawn. */
  public synchronized void above(String line) {
    List<String> again = drawn;
    draw(List.of(line));
    drawn = List.of();
    if (!again.isEmpty()) {
      draw(again);
    }
  }

  /** Takes the drawing away. */
  public synchronized void clear() {
    draw(List.of());
  }
}

package dev.tmem.cli.terminal;

import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/**
 * Where a command writes: results to standard output, everything else to standard error.
 *
 * <p>Immutable; thread-safe as {@link PrintStream} is.
 *
 * @param out results
 * @param err progress, notes and errors
 * @param outIsTerminal whether a person reads results as they come
 * @param errIsTerminal whether a person reads the rest as it comes
 * @param colour whether terminals may be given colour
 */
public record Terminal(
    PrintStream out,
    PrintStream err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    boolean colour) {

  /** Java cannot tell these two; the launcher does. */
  private static final String OUT_PROPERTY = "tmem.tty.out";

  private static final String ERR_PROPERTY = "tmem.tty.err";

  /** The process's own. Colour is left out if {@code NO_COLOR} is set to anything. */
  public static Terminal system() {
    Map<String, String> environment = System.getenv();
    boolean dumb = "dumb".equals(environment.get("TERM"));
    return new Terminal(
        System.out,
        System.err,
        !dumb && "yes".equals(System.getProperty(OUT_PROPERTY)),
        !dumb && "yes".equals(System.getProperty(ERR_PROPERTY)),
        environment.getOrDefault("NO_COLOR", "").isEmpty());
  }

  /** One line of the result. */
  public void print(String line) {
    out.println(line);
  }

  public void print(List<String> lines) {
    lines.forEach(this::print);
  }

  /** The result for a program. */
  public void print(JsonObject json) {
    out.println(json.encodePrettily());
    out.flush();
  }

  /** One line beside the result. */
  public void note(String line) {
    err.println(line);
  }

  /** Whether results may be coloured. */
  public boolean colourOut() {
    return colour && outIsTerminal;
  }

  /** Whether the rest may be coloured. */
  public boolean colourErr() {
    return colour && errIsTerminal;
  }

  /** The same, with results where the rest goes: for a person to follow while a program reads. */
  public Terminal asideOnly() {
    return new Terminal(err, err, errIsTerminal, errIsTerminal, colour);
  }
}

package dev.tmem.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParseResult;

/**
 * How much is logged, to standard error: a node tells its news. Other commands only what is wrong
 * with ourselves; what goes wrong below they report as their own failure.
 */
final class Logs {

  private Logs() {}

  /** Only what is wrong with ourselves, where much goes wrong on purpose. */
  static void silence() {
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      root.getLoggerContext().getLogger("dev.tmem").setLevel(Level.ERROR);
    }
  }

  static void set(boolean verbose, ParseResult parsed) {
    if (verbose || !(LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root)) {
      return;
    }
    ParseResult command = parsed.subcommand();
    if (command != null && !(command.commandSpec().userObject() instanceof NodeCommand)) {
      root.setLevel(Level.OFF);
      root.getLoggerContext().getLogger("dev.tmem").setLevel(Level.WARN);
    }
  }
}

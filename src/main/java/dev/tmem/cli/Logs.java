package dev.tmem.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParseResult;

/** How much is logged, to standard error: a node tells its news, other commands only trouble. */
final class Logs {

  private Logs() {}

  static void set(boolean verbose, ParseResult parsed) {
    if (verbose || !(LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root)) {
      return;
    }
    ParseResult command = parsed.subcommand();
    if (command != null && !(command.commandSpec().userObject() instanceof NodeCommand)) {
      root.setLevel(Level.ERROR);
    }
  }
}

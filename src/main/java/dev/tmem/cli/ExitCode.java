package dev.tmem.cli;

import dev.tmem.TmemException;

/** How a command ends. */
final class ExitCode {

  /** The command did what it was asked to. */
  static final int DONE = 0;

  /** It could not. */
  static final int FAILED = 1;

  /** It was not asked in a way that it understands. */
  static final int WRONG_USAGE = 2;

  private ExitCode() {}

  static int of(Throwable failure) {
    if (failure instanceof TmemException refused) {
      return switch (refused.code()) {
        case INVALID_OPTION, UNKNOWN_COMMAND, MALFORMED_MESSAGE -> WRONG_USAGE;
        default -> FAILED;
      };
    }
    return FAILED;
  }
}

package dev.tmem.cli.simulation.shared;

/** A get has brought a page that is older than it may be, or one that nobody has put. */
final class StalePageException extends RuntimeException {

  private static final long serialVersionUID = 1;

  StalePageException(String what) {
    super(what);
  }
}

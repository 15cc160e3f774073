package dev.tmem.cli.simulation;

/** A contract was broken. */
final class Violation extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * @param contract its name, as {@code C1}
   */
  Violation(String contract, String what) {
    super(contract + ": " + what);
  }
}

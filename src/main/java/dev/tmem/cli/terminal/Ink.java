package dev.tmem.cli.terminal;

/** How a piece of text stands out, where colour is wanted. */
public enum Ink {
  PLAIN(""),
  BOLD("1"),
  DIM("2"),
  GOOD("32"),
  WARM("33"),
  BAD("31");

  private static final String ESCAPE = "\u001b[";

  private final String code;

  Ink(String code) {
    this.code = code;
  }

  /** The text in this ink if {@code colour}, else as it is. */
  public String on(String text, boolean colour) {
    return colour && !code.isEmpty() && !text.isEmpty()
        ? ESCAPE + code + "m" + text + ESCAPE + "0m"
        : text;
  }
}

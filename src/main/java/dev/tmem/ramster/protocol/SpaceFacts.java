package dev.tmem.ramster.protocol;

/** What the protocol has to know of page spaces. Thread-safe. */
public interface SpaceFacts {

  /** Whether pages of a space may be dropped. */
  boolean isEphemeral(int space);

  /** The most bytes that a zpage of a space has. */
  int pageBytes(int space);
}

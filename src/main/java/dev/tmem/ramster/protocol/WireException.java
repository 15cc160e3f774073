package dev.tmem.ramster.protocol;

/** A frame that cannot be read. It is counted and dropped; nothing of it has been carried out. */
public class WireException extends Exception {

  private static final long serialVersionUID = 1L;

  /** What is wrong with the frame. */
  public enum Kind {
    /** Shorter than what it says it holds. */
    TRUNCATED,
    /** Longer than a frame may be, or than what it says it holds. */
    OVERSIZED,
    /** Of another version of the protocol: an {@link OtherVersionException}. */
    OTHER_VERSION,
    /** Does not begin with the magic. */
    BAD_MAGIC,
    /** No such type of message. */
    BAD_TYPE,
    /** A field has a value it cannot have. */
    BAD_VALUE
  }

  private final Kind kind;

  public WireException(Kind kind, String message) {
    // no stack trace: garbage may come in quick succession, and its place is known
    super(kind + ": " + message, null, false, false);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}

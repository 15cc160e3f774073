package dev.tmem.dispatch;

/** What a backend did instead of what its contract says. Immutable. */
final class BackendFault extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** The kinds that are told apart, each with a counter. */
  enum Kind {
    /** A call threw. */
    THROWN("thrown_calls"),
    /** A future failed. */
    FAILED("failed_answers"),
    /** No answer in time. */
    LATE("late_answers"),
    /** An answer that is none: null, of a wrong length, or the second one to a call. */
    MALFORMED("malformed_answers"),
    /** A copy came back damaged, or as another page. */
    DAMAGED("damaged_copies"),
    /** A copy was taken, and is gone. */
    GONE("gone_copies");

    private final String counter;

    Kind(String counter) {
      this.counter = counter;
    }

    /** The name under which it is counted. */
    String counter() {
      return counter;
    }
  }

  private final Kind kind;

  BackendFault(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}

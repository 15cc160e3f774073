package dev.tmem;

/**
 * No answer came in time. The operation has happened, or happens before the client's next operation
 * on that page is answered, or never.
 */
public final class OutcomeUnknownException extends TmemException {
  private static final long serialVersionUID = 1L;

  public OutcomeUnknownException(String message) {
    super(ErrorCode.OUTCOME_UNKNOWN, message);
  }
}

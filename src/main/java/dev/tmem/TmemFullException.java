package dev.tmem;

/**
 * Every tier is full, or a limit of the area or node is reached; the message names the value and
 * the limit. After a failed store the page is absent.
 */
public final class TmemFullException extends TmemException {
  private static final long serialVersionUID = 1L;

  public TmemFullException(String message) {
    super(ErrorCode.FULL, message);
  }
}

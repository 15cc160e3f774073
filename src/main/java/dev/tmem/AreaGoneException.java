package dev.tmem;

/**
 * The area this handle was made for is no more: its node was restarted, or it was swapped off and
 * made anew. Attach again with {@link Tmem#swapOn} or {@link Tmem#area}.
 */
public final class AreaGoneException extends TmemException {
  private static final long serialVersionUID = 1L;

  public AreaGoneException(String message) {
    super(ErrorCode.AREA_GONE, message);
  }
}

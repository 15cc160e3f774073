package dev.tmem;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Every error of vertx-tmem. The {@link #code} says what happened; errors that a program treats
 * differently have a class of their own. Nothing is left half done by an operation that fails with
 * one, unless its class says so.
 */
public class TmemException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public TmemException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public TmemException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }

  /** What a program needs to know beyond code and message; empty for most errors. */
  public JsonObject details() {
    return new JsonObject();
  }

  /** The error as it crosses the event bus: {@code error}, {@code message} and the details. */
  public final JsonObject toJson() {
    return details().copy().put("error", code.name()).put("message", getMessage());
  }

  /**
   * The error that {@link #toJson} came from, as its own class; one with {@link ErrorCode#INTERNAL}
   * if it cannot be told.
   */
  public static TmemException fromJson(JsonObject json) {
    ErrorCode code = codeOf(json.getString("error", ""));
    String message = json.getString("message", "no message");
    return switch (code) {
      case FULL -> new TmemFullException(message);
      case PAGE_UNAVAILABLE -> new PageUnavailableException(PageFault.fromJson(json));
      case PAGE_LOST -> new PageLostException(PageFault.fromJson(json));
      case OUTCOME_UNKNOWN -> new OutcomeUnknownException(message);
      case AREA_GONE -> new AreaGoneException(message);
      case BATCH -> BatchException.fromDetails(json);
      default -> new TmemException(code, message);
    };
  }

  private static ErrorCode codeOf(String name) {
    for (ErrorCode code : ErrorCode.values()) {
      if (code.name().equals(name)) {
        return code;
      }
    }
    return ErrorCode.INTERNAL;
  }
}

package dev.tmem;

import io.vertx.core.json.JsonObject;

/** An accepted page is kept where it cannot be reached now. It is not lost: try again later. */
public final class PageUnavailableException extends TmemException {
  private static final long serialVersionUID = 1L;

  private final transient PageFault fault;

  public PageUnavailableException(PageFault fault) {
    super(ErrorCode.PAGE_UNAVAILABLE, fault.message("unavailable"));
    this.fault = fault;
  }

  public PageFault fault() {
    return fault;
  }

  @Override
  public JsonObject details() {
    return fault.toJson();
  }
}

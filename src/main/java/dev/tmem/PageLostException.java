package dev.tmem;

import io.vertx.core.json.JsonObject;

/**
 * Every copy of an accepted page is known to be gone or damaged. The page stays lost until it is
 * stored or invalidated.
 */
public final class PageLostException extends TmemException {
  private static final long serialVersionUID = 1L;

  private final transient PageFault fault;

  public PageLostException(PageFault fault) {
    super(ErrorCode.PAGE_LOST, fault.message("lost"));
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

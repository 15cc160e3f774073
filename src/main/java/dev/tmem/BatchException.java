package dev.tmem;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.TreeMap;

/** Some pages of a batch failed; all others were done. */
public final class BatchException extends TmemException {
  private static final long serialVersionUID = 1L;

  private final transient Map<Long, TmemException> causes;

  /**
   * @param causes what went wrong, by offset; not empty
   */
  public BatchException(Map<Long, TmemException> causes) {
    super(ErrorCode.BATCH, describe(causes));
    this.causes = Map.copyOf(causes);
  }

  /** What went wrong, by offset; a page that is not named was done. */
  public Map<Long, TmemException> causes() {
    return causes;
  }

  @Override
  public JsonObject details() {
    JsonArray failed = new JsonArray();
    new TreeMap<>(causes)
        .forEach((offset, cause) -> failed.add(cause.toJson().put("offset", offset)));
    return new JsonObject().put("failed", failed);
  }

  /** One with {@link ErrorCode#INTERNAL} if no page is named. */
  static TmemException fromDetails(JsonObject json) {
    Map<Long, TmemException> causes = new TreeMap<>();
    for (Object entry : json.getJsonArray("failed", new JsonArray())) {
      JsonObject cause = (JsonObject) entry;
      causes.put(cause.getLong("offset"), TmemException.fromJson(cause));
    }
    return causes.isEmpty()
        ? new TmemException(ErrorCode.INTERNAL, "a batch failed, and no page of it is named")
        : new BatchException(causes);
  }

  private static String describe(Map<Long, TmemException> causes) {
    var first = new TreeMap<>(causes).firstEntry();
    return causes.size()
        + " pages of the batch failed, first at offset "
        + first.getKey()
        + ": "
        + first.getValue().getMessage();
  }
}

package dev.tmem;

import io.vertx.core.json.JsonObject;
import java.util.Set;

/**
 * A node's part in clean caches that all nodes share. Not thread-safe; copied when it is used.
 * {@code cluster-config/node.yaml} shows every key, under {@code shared}.
 */
public final class SharedOptions {

  /** Half of the memory limit. */
  public static final long DEFAULT_LIMIT = -1;

  /** Of two nodes the older goes on when the other is lost. */
  public static final boolean DEFAULT_TIE_BREAK = true;

  private static final Set<String> KEYS = Set.of("limit", "tieBreak");

  private long limit = DEFAULT_LIMIT;
  private boolean tieBreak = DEFAULT_TIE_BREAK;

  public SharedOptions() {}

  public SharedOptions(SharedOptions other) {
    this.limit = other.limit;
    this.tieBreak = other.tieBreak;
  }

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for an unknown key or a bad value
   */
  public SharedOptions(JsonObject json) {
    Options.checkKeys("shared", json, KEYS);
    if (json.getValue("limit") != null) {
      setLimit(Options.bytes("limit", json.getValue("limit")));
    }
    Object on = json.getValue("tieBreak", DEFAULT_TIE_BREAK);
    if (!(on instanceof Boolean breaks)) {
      throw Options.refuse("tieBreak", on, "true or false");
    }
    setTieBreak(breaks);
  }

  public JsonObject toJson() {
    return new JsonObject().put("limit", limit).put("tieBreak", tieBreak);
  }

  /** Bytes of pages that this node keeps, compressed; -1: {@link #DEFAULT_LIMIT}. */
  public long getLimit() {
    return limit;
  }

  /**
   * @param limit bytes; 0: it keeps none and only asks others; -1 for the default
   */
  public SharedOptions setLimit(long limit) {
    if (limit != DEFAULT_LIMIT) {
      Options.inRange("limit", limit, 0, 1L << 46);
    }
    this.limit = limit;
    return this;
  }

  /**
   * Whether half of the nodes that keep pages go on without the others if the oldest of all is
   * among them; so of two nodes the older does. The node that founds the first view decides for
   * all.
   */
  public boolean isTieBreak() {
    return tieBreak;
  }

  public SharedOptions setTieBreak(boolean on) {
    this.tieBreak = on;
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SharedOptions that && limit == that.limit && tieBreak == that.tieBreak;
  }

  @Override
  public int hashCode() {
    return toJson().hashCode();
  }

  @Override
  public String toString() {
    return toJson().encode();
  }
}

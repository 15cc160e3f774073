package dev.tmem;

import io.vertx.core.json.JsonObject;
import java.util.Set;

/** How a clean cache is made. Not thread-safe; copied when it is used. */
public final class CleanCacheOptions {

  /** 4096 bytes. */
  public static final int DEFAULT_PAGE_SIZE = SwapAreaOptions.DEFAULT_PAGE_SIZE;

  /** Pages do not end by themselves. */
  public static final int DEFAULT_TIME_TO_LIVE_SECONDS = 0;

  /** A year. */
  public static final int MAX_TIME_TO_LIVE_SECONDS = 366 * 24 * 60 * 60;

  private static final Set<String> KEYS = Set.of("pageSize", "exclusiveGets", "timeToLiveSeconds");

  private int pageSize = DEFAULT_PAGE_SIZE;
  private boolean exclusiveGets;
  private int timeToLiveSeconds = DEFAULT_TIME_TO_LIVE_SECONDS;

  public CleanCacheOptions() {}

  public CleanCacheOptions(CleanCacheOptions other) {
    this.pageSize = other.pageSize;
    this.exclusiveGets = other.exclusiveGets;
    this.timeToLiveSeconds = other.timeToLiveSeconds;
  }

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for an unknown key or a bad value
   */
  public CleanCacheOptions(JsonObject json) {
    Options.checkKeys("a clean cache", json, KEYS);
    if (json.containsKey("pageSize")) {
      long size = Options.bytes("pageSize", json.getValue("pageSize"));
      setPageSize(
          (int)
              Options.inRange(
                  "pageSize", size, SwapAreaOptions.MIN_PAGE_SIZE, SwapAreaOptions.MAX_PAGE_SIZE));
    }
    if (json.getValue("exclusiveGets") instanceof Boolean on) {
      setExclusiveGets(on);
    } else if (json.containsKey("exclusiveGets")) {
      throw Options.refuse("exclusiveGets", json.getValue("exclusiveGets"), "true or false");
    }
    if (json.containsKey("timeToLiveSeconds")) {
      long seconds = Options.wholeNumber("timeToLiveSeconds", json.getValue("timeToLiveSeconds"));
      setTimeToLiveSeconds(
          (int) Options.inRange("timeToLiveSeconds", seconds, 0, MAX_TIME_TO_LIVE_SECONDS));
    }
  }

  public JsonObject toJson() {
    return new JsonObject()
        .put("pageSize", pageSize)
        .put("exclusiveGets", exclusiveGets)
        .put("timeToLiveSeconds", timeToLiveSeconds);
  }

  /** Bytes of the largest page; default {@value #DEFAULT_PAGE_SIZE}. */
  public int getPageSize() {
    return pageSize;
  }

  /**
   * @param pageSize a power of two from 1 KiB to 64 KiB
   */
  public CleanCacheOptions setPageSize(int pageSize) {
    if (pageSize < SwapAreaOptions.MIN_PAGE_SIZE
        || pageSize > SwapAreaOptions.MAX_PAGE_SIZE
        || Integer.bitCount(pageSize) != 1) {
      throw Options.refuse("pageSize", pageSize, "a power of two from 1024 to 65536");
    }
    this.pageSize = pageSize;
    return this;
  }

  /** Whether a get removes the page it returns; default false. */
  public boolean isExclusiveGets() {
    return exclusiveGets;
  }

  public CleanCacheOptions setExclusiveGets(boolean exclusiveGets) {
    this.exclusiveGets = exclusiveGets;
    return this;
  }

  /**
   * Seconds after its put at which a page ends as if it were invalidated, or up to one second
   * later; default 0: pages do not end by themselves. A get does not lengthen it.
   */
  public int getTimeToLiveSeconds() {
    return timeToLiveSeconds;
  }

  /**
   * @param timeToLiveSeconds 0 to {@value #MAX_TIME_TO_LIVE_SECONDS}
   */
  public CleanCacheOptions setTimeToLiveSeconds(int timeToLiveSeconds) {
    this.timeToLiveSeconds =
        (int) Options.inRange("timeToLiveSeconds", timeToLiveSeconds, 0, MAX_TIME_TO_LIVE_SECONDS);
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CleanCacheOptions that && toJson().equals(that.toJson());
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

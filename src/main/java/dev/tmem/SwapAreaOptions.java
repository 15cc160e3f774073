package dev.tmem;

import dev.tmem.backend.PageKey;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** How a swap area is made. Not thread-safe; copied when it is used. */
public final class SwapAreaOptions {

  /** 4096 bytes. */
  public static final int DEFAULT_PAGE_SIZE = 4096;

  /** As many as offsets allow. */
  public static final long DEFAULT_MAX_PAGES = PageKey.MAX_OFFSET + 1;

  public static final Protection DEFAULT_PROTECTION = Protection.ANY;

  /** 1 KiB. */
  public static final int MIN_PAGE_SIZE = 1 << 10;

  /** 64 KiB. */
  public static final int MAX_PAGE_SIZE = 1 << 16;

  public static final Fsync DEFAULT_FSYNC = Fsync.INTERVAL;

  /** One second. */
  public static final long DEFAULT_FSYNC_INTERVAL_MILLIS = 1000;

  /** 10 milliseconds. */
  public static final long MIN_FSYNC_INTERVAL_MILLIS = 10;

  /** One hour. */
  public static final long MAX_FSYNC_INTERVAL_MILLIS = 3_600_000;

  /** What may be changed while an area is open ({@link SwapArea#change}). */
  public static final Set<String> LIVE =
      Set.of("writethrough", "exclusive", "freeEvents", "ramGuaranteed", "ramCap");

  private static final Set<String> KEYS =
      Set.of(
          "pageSize",
          "maxPages",
          "protection",
          "writethrough",
          "exclusive",
          "freeEvents",
          "durable",
          "fsync",
          "fsyncIntervalMillis",
          "tiers",
          "ramGuaranteed",
          "ramCap");

  private int pageSize = DEFAULT_PAGE_SIZE;
  private long maxPages = DEFAULT_MAX_PAGES;
  private Protection protection = DEFAULT_PROTECTION;
  private boolean writethrough;
  private boolean exclusive;
  private boolean freeEvents;
  private boolean durable;
  private Fsync fsync = DEFAULT_FSYNC;
  private long fsyncIntervalMillis = DEFAULT_FSYNC_INTERVAL_MILLIS;
  private List<String> tiers = List.of();
  private RamShare ramGuaranteed = RamShare.NONE;
  private RamShare ramCap = RamShare.ALL;

  public SwapAreaOptions() {}

  public SwapAreaOptions(SwapAreaOptions other) {
    this.pageSize = other.pageSize;
    this.maxPages = other.maxPages;
    this.protection = other.protection;
    this.writethrough = other.writethrough;
    this.exclusive = other.exclusive;
    this.freeEvents = other.freeEvents;
    this.durable = other.durable;
    this.fsync = other.fsync;
    this.fsyncIntervalMillis = other.fsyncIntervalMillis;
    this.tiers = other.tiers;
    this.ramGuaranteed = other.ramGuaranteed;
    this.ramCap = other.ramCap;
  }

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for an unknown key or a bad value
   */
  public SwapAreaOptions(JsonObject json) {
    Options.checkKeys("a swap area", json, KEYS);
    if (json.containsKey("pageSize")) {
      long size = Options.bytes("pageSize", json.getValue("pageSize"));
      setPageSize((int) Options.inRange("pageSize", size, MIN_PAGE_SIZE, MAX_PAGE_SIZE));
    }
    if (json.containsKey("maxPages")) {
      setMaxPages(Options.wholeNumber("maxPages", json.getValue("maxPages")));
    }
    if (json.containsKey("protection")) {
      setProtection(Options.choice("protection", Protection.class, json.getValue("protection")));
    }
    writethrough = isOn(json, "writethrough");
    exclusive = isOn(json, "exclusive");
    freeEvents = isOn(json, "freeEvents");
    durable = isOn(json, "durable");
    if (json.containsKey("fsync")) {
      setFsync(Options.choice("fsync", Fsync.class, json.getValue("fsync")));
    }
    if (json.containsKey("fsyncIntervalMillis")) {
      setFsyncIntervalMillis(
          Options.wholeNumber("fsyncIntervalMillis", json.getValue("fsyncIntervalMillis")));
    }
    tiers = Options.names("tiers", json.getValue("tiers"));
    if (json.containsKey("ramGuaranteed")) {
      setRamGuaranteed(RamShare.parse("ramGuaranteed", json.getValue("ramGuaranteed")));
    }
    if (json.containsKey("ramCap")) {
      setRamCap(RamShare.parse("ramCap", json.getValue("ramCap")));
    }
  }

  private static boolean isOn(JsonObject json, String key) {
    if (json.getValue(key) instanceof Boolean on) {
      return on;
    } else if (json.containsKey(key)) {
      throw Options.refuse(key, json.getValue(key), "true or false");
    }
    return false;
  }

  /** The keys that {@link #SwapAreaOptions(JsonObject)} knows. */
  public static Set<String> keys() {
    return KEYS;
  }

  /** {@code tiers} is written only if it is set; what concerns durable areas only for those. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    if (!tiers.isEmpty()) {
      json.put("tiers", new JsonArray(tiers));
    }
    if (durable) {
      json.put("durable", true).put("fsync", Options.word(fsync));
      if (fsync == Fsync.INTERVAL) {
        json.put("fsyncIntervalMillis", fsyncIntervalMillis);
      }
    }
    return json.put("pageSize", pageSize)
        .put("maxPages", maxPages)
        .put("protection", Options.word(protection))
        .put("writethrough", writethrough)
        .put("exclusive", exclusive)
        .put("freeEvents", freeEvents)
        .put("ramGuaranteed", ramGuaranteed.toJson())
        .put("ramCap", ramCap.toJson());
  }

  /** Bytes of the largest page; default {@value #DEFAULT_PAGE_SIZE}. */
  public int getPageSize() {
    return pageSize;
  }

  /**
   * @param pageSize a power of two from 1 KiB to 64 KiB
   */
  public SwapAreaOptions setPageSize(int pageSize) {
    if (pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE || Integer.bitCount(pageSize) != 1) {
      throw Options.refuse("pageSize", pageSize, "a power of two from 1024 to 65536");
    }
    this.pageSize = pageSize;
    return this;
  }

  /** The number of offsets, and so the most pages the area may hold; default 2^48. */
  public long getMaxPages() {
    return maxPages;
  }

  /**
   * @param maxPages 1 to 2^48; offsets run from 0 to {@code maxPages - 1}
   */
  public SwapAreaOptions setMaxPages(long maxPages) {
    this.maxPages = Options.inRange("maxPages", maxPages, 1, DEFAULT_MAX_PAGES);
    return this;
  }

  /** What must hold before a page's RAM copy is freed after it was lent; default {@code any}. */
  public Protection getProtection() {
    return protection;
  }

  public SwapAreaOptions setProtection(Protection protection) {
    this.protection = Objects.requireNonNull(protection);
    return this;
  }

  /** Whether a store completes only when the lowest tier has the page too; default false. */
  public boolean isWritethrough() {
    return writethrough;
  }

  public SwapAreaOptions setWritethrough(boolean writethrough) {
    this.writethrough = writethrough;
    return this;
  }

  /**
   * Whether a load takes the page away, default false. Its only copy is given up when the reader
   * has the page, not before: over the event bus a load that nobody acknowledges is undone.
   */
  public boolean isExclusive() {
    return exclusive;
  }

  public SwapAreaOptions setExclusive(boolean exclusive) {
    this.exclusive = exclusive;
    return this;
  }

  /**
   * Whether the node publishes which pages were freed ({@link TmemEvent.PagesFreed}); default
   * false.
   */
  public boolean isFreeEvents() {
    return freeEvents;
  }

  public SwapAreaOptions setFreeEvents(boolean freeEvents) {
    this.freeEvents = freeEvents;
    return this;
  }

  /**
   * Whether the pages outlive the process: each store and each invalidate is on record in the
   * node's swap file before it is acknowledged, and a node that starts again opens the area with
   * what it held. Default false. Stores wait for the disk then ({@link SwapArea#storeNow} says
   * false), and loads are never exclusive.
   */
  public boolean isDurable() {
    return durable;
  }

  public SwapAreaOptions setDurable(boolean durable) {
    this.durable = durable;
    return this;
  }

  /**
   * What loss of power may take from a durable area; the end of the process takes nothing. Default
   * {@code interval}.
   */
  public Fsync getFsync() {
    return fsync;
  }

  public SwapAreaOptions setFsync(Fsync fsync) {
    this.fsync = Objects.requireNonNull(fsync);
    return this;
  }

  /**
   * With {@link Fsync#INTERVAL}: after loss of power the area is found in a state that it had at
   * most that long before; default {@value #DEFAULT_FSYNC_INTERVAL_MILLIS}.
   */
  public long getFsyncIntervalMillis() {
    return fsyncIntervalMillis;
  }

  /**
   * @param millis 10 to 3,600,000
   */
  public SwapAreaOptions setFsyncIntervalMillis(long millis) {
    this.fsyncIntervalMillis =
        Options.inRange(
            "fsyncIntervalMillis", millis, MIN_FSYNC_INTERVAL_MILLIS, MAX_FSYNC_INTERVAL_MILLIS);
    return this;
  }

  /** The backends that the area uses, in its order; empty: as the node says. */
  public List<String> getTiers() {
    return tiers;
  }

  /**
   * @param tiers names of backends that are registered, in the order in which they are to be tried;
   *     empty: as the node says
   */
  public SwapAreaOptions setTiers(List<String> tiers) {
    this.tiers = tiers.isEmpty() ? List.of() : Options.distinct("tiers", tiers);
    return this;
  }

  /**
   * What of the node's RAM is kept for this area: nothing goes down from it while another area has
   * more than its own. Default nothing.
   */
  public RamShare getRamGuaranteed() {
    return ramGuaranteed;
  }

  /**
   * @param share at most {@link #getRamCap}; that of all areas together is at most all there is
   */
  public SwapAreaOptions setRamGuaranteed(RamShare share) {
    this.ramGuaranteed = Objects.requireNonNull(share);
    return this;
  }

  /**
   * What of the node's RAM this area has at the most: near it, its own coldest pages go down. The
   * bytes are those of compressed pages. Default all there is.
   */
  public RamShare getRamCap() {
    return ramCap;
  }

  public SwapAreaOptions setRamCap(RamShare share) {
    this.ramCap = Objects.requireNonNull(share);
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SwapAreaOptions that && toJson().equals(that.toJson());
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

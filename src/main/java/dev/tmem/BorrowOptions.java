package dev.tmem;

import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a node uses the RAM of its peers. Not thread-safe; copied when it is used. {@code
 * cluster-config/node.yaml} shows every key, under {@code borrow}.
 */
public final class BorrowOptions {

  /** Chosen from the memory limit: a 64th of it, 256 KiB at least and 4 MiB at most. */
  public static final long DEFAULT_IN_FLIGHT_PER_PEER = 0;

  /** Chosen from the memory limit: four times {@link #DEFAULT_IN_FLIGHT_PER_PEER}. */
  public static final long DEFAULT_IN_FLIGHT = 0;

  /** The least that may be on its way to a peer: the largest page and its surroundings fit. */
  public static final long MIN_IN_FLIGHT = 128L << 10;

  /** 32 MiB a second. */
  public static final long DEFAULT_RESTORE_BANDWIDTH = 32L << 20;

  /** Milliseconds after which a page's other copy is asked for too. */
  public static final long DEFAULT_FETCH_TIMEOUT_MILLIS = 250;

  private static final Set<String> KEYS =
      Set.of("rack", "inFlight", "inFlightPerPeer", "restoreBandwidth", "fetchTimeoutMillis");

  private @Nullable String rack;
  private long inFlight = DEFAULT_IN_FLIGHT;
  private long inFlightPerPeer = DEFAULT_IN_FLIGHT_PER_PEER;
  private long restoreBandwidth = DEFAULT_RESTORE_BANDWIDTH;
  private long fetchTimeoutMillis = DEFAULT_FETCH_TIMEOUT_MILLIS;

  public BorrowOptions() {}

  public BorrowOptions(BorrowOptions other) {
    this.rack = other.rack;
    this.inFlight = other.inFlight;
    this.inFlightPerPeer = other.inFlightPerPeer;
    this.restoreBandwidth = other.restoreBandwidth;
    this.fetchTimeoutMillis = other.fetchTimeoutMillis;
  }

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for an unknown key or a bad value
   */
  public BorrowOptions(JsonObject json) {
    Options.checkKeys("borrow", json, KEYS);
    json.forEach(entry -> read(entry.getKey(), entry.getValue()));
  }

  /** The keys that {@link #BorrowOptions(JsonObject)} knows. */
  public static Set<String> keys() {
    return KEYS;
  }

  private void read(String key, @Nullable Object value) {
    if (value == null) {
      return;
    }
    switch (key) {
      case "rack" -> setRack(String.valueOf(value));
      case "inFlight" -> setInFlight(Options.bytes(key, value));
      case "inFlightPerPeer" -> setInFlightPerPeer(Options.bytes(key, value));
      case "restoreBandwidth" -> setRestoreBandwidth(Options.bytes(key, value));
      case "fetchTimeoutMillis" -> setFetchTimeoutMillis(Options.wholeNumber(key, value));
      default -> throw new AssertionError(key);
    }
  }

  /** What is not set is not written. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    if (rack != null) {
      json.put("rack", rack);
    }
    return json.put("inFlight", inFlight)
        .put("inFlightPerPeer", inFlightPerPeer)
        .put("restoreBandwidth", restoreBandwidth)
        .put("fetchTimeoutMillis", fetchTimeoutMillis);
  }

  /**
   * What this node would be lost together with, a rack, a host or a zone: the two lenders of a page
   * never have the same one. Null: nobody knows, and it may be the second of any lender.
   */
  public @Nullable String getRack() {
    return rack;
  }

  public BorrowOptions setRack(String rack) {
    this.rack = Options.name("rack", rack);
    return this;
  }

  /** The most bytes of pages on their way to all peers; 0: {@link #DEFAULT_IN_FLIGHT}. */
  public long getInFlight() {
    return inFlight;
  }

  /**
   * @param bytes at least {@link #MIN_IN_FLIGHT}, or 0 for the default
   */
  public BorrowOptions setInFlight(long bytes) {
    this.inFlight = flight("inFlight", bytes);
    return this;
  }

  /**
   * The most bytes of pages on their way to a peer, and of pages asked of it; set aside in the
   * memory limit for each peer in use; 0: {@link #DEFAULT_IN_FLIGHT_PER_PEER}.
   */
  public long getInFlightPerPeer() {
    return inFlightPerPeer;
  }

  /**
   * @param bytes at least {@link #MIN_IN_FLIGHT}, or 0 for the default
   */
  public BorrowOptions setInFlightPerPeer(long bytes) {
    this.inFlightPerPeer = flight("inFlightPerPeer", bytes);
    return this;
  }

  private static long flight(String key, long bytes) {
    return bytes == 0 ? 0 : Options.inRange(key, bytes, MIN_IN_FLIGHT, 1L << 30);
  }

  /** Bytes a second that may be copied to restore protection after a loss. */
  public long getRestoreBandwidth() {
    return restoreBandwidth;
  }

  /**
   * @param bytesPerSecond 64 KiB to 64 GiB
   */
  public BorrowOptions setRestoreBandwidth(long bytesPerSecond) {
    this.restoreBandwidth =
        Options.inRange("restoreBandwidth", bytesPerSecond, 64L << 10, 64L << 30);
    return this;
  }

  /**
   * Milliseconds after which a fetch that has not been answered asks for the page's other copy too;
   * the first answer is taken.
   */
  public long getFetchTimeoutMillis() {
    return fetchTimeoutMillis;
  }

  /**
   * @param millis 1 to 60,000
   */
  public BorrowOptions setFetchTimeoutMillis(long millis) {
    this.fetchTimeoutMillis = Options.inRange("fetchTimeoutMillis", millis, 1, 60_000);
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BorrowOptions that && toJson().equals(that.toJson());
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

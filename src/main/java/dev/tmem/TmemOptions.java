package dev.tmem;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a node is made. Not thread-safe; copied when it is used. {@code cluster-config/node.yaml}
 * shows every key.
 */
public final class TmemOptions {

  /** 15 % of the machine's or cgroup's RAM, as ramzswap had it. */
  public static final long DEFAULT_MEMORY_LIMIT = 0;

  /** Half of the memory limit. */
  public static final long DEFAULT_LEND_LIMIT = -1;

  /** 4 GiB or 10 % of the free space in the data folder, whichever is smaller. */
  public static final long DEFAULT_SWAP_FILE_SIZE = -1;

  public static final int DEFAULT_MAX_AREAS = 4096;

  /** Milliseconds after which a peer that does not answer is given up. */
  public static final long DEFAULT_PEER_TIMEOUT_MILLIS = 10_000;

  /** Milliseconds after which a request over the event bus has an unknown outcome. */
  public static final long DEFAULT_REQUEST_TIMEOUT_MILLIS = 10_000;

  /** Milliseconds that leaving may take to hand pages back. */
  public static final long DEFAULT_LEAVE_TIMEOUT_MILLIS = 10_000;

  /** 16 MiB: below that the pool's tables and buffers leave no room for pages. */
  public static final long MIN_MEMORY_LIMIT = 16L << 20;

  /** 48 MiB: below that what the log keeps in reserve is most of the file. */
  public static final long MIN_SWAP_FILE_SIZE = 48L << 20;

  /** How long a lender keeps the pages of a borrower that it cannot hear: an hour. */
  public static final long DEFAULT_BORROWER_GRACE_MILLIS = 3_600_000;

  /** What a lender asks the owners of foreign pages to take back, at most, when it needs room. */
  public static final long DEFAULT_HAND_BACK_BYTES_PER_SECOND = 64L << 20;

  /** What a node with room again brings back from its peers, at most. */
  public static final long DEFAULT_REPATRIATE_BYTES_PER_SECOND = 16L << 20;

  /** Percent of a page above which it is not kept compressed. */
  public static final int DEFAULT_MAX_ZPAGE = 73;

  /** ramzswap's own rule: 50 percent with a lower backend, 75 without one. */
  public static final int RAMZSWAP_MAX_ZPAGE = -1;

  /** What is not worth compressing is kept in RAM as it is. */
  public static final Incompressible DEFAULT_INCOMPRESSIBLE = Incompressible.KEEP;

  public static final PeerTransport DEFAULT_TRANSPORT = PeerTransport.CHANNEL;

  /** A free port is found. */
  public static final int DEFAULT_CHANNEL_PORT = 0;

  /** As many pages may be written back as there are. */
  public static final long UNLIMITED_WRITEBACK = -1;

  private static final Set<String> WRITEBACK_CLASSES = Set.of("huge", "idle", "incompressible");

  private static final String RAMZSWAP = "ramzswap";

  private static final int MAX_MAX_AREAS = 1_000_000;

  private static final Set<String> KEYS =
      Set.of(
          "name",
          "dataFolder",
          "memoryLimit",
          "lendLimit",
          "swapFileSize",
          "maxAreas",
          "maxZpage",
          "incompressible",
          "writeback",
          "writebackLimit",
          "tiers",
          "backends",
          "transport",
          "channelPort",
          "borrow",
          "shared",
          "peerTimeoutMillis",
          "borrowerGraceMillis",
          "handBackBytesPerSecond",
          "repatriateBytesPerSecond",
          "requestTimeoutMillis",
          "leaveTimeoutMillis");

  private @Nullable String name;
  private @Nullable String dataFolder;
  private long memoryLimit = DEFAULT_MEMORY_LIMIT;
  private long lendLimit = DEFAULT_LEND_LIMIT;
  private long swapFileSize = DEFAULT_SWAP_FILE_SIZE;
  private int swapFilePercent;
  private int maxAreas = DEFAULT_MAX_AREAS;
  private int maxZpage = DEFAULT_MAX_ZPAGE;
  private Incompressible incompressible = DEFAULT_INCOMPRESSIBLE;
  private List<String> writeback = List.of();
  private long writebackLimit = UNLIMITED_WRITEBACK;
  private List<String> tiers = List.of();
  private JsonObject backends = new JsonObject();
  private PeerTransport transport = DEFAULT_TRANSPORT;
  private int channelPort = DEFAULT_CHANNEL_PORT;
  private BorrowOptions borrow = new BorrowOptions();
  private SharedOptions shared = new SharedOptions();
  private long peerTimeoutMillis = DEFAULT_PEER_TIMEOUT_MILLIS;
  private long borrowerGraceMillis = DEFAULT_BORROWER_GRACE_MILLIS;
  private long handBackBytesPerSecond = DEFAULT_HAND_BACK_BYTES_PER_SECOND;
  private long repatriateBytesPerSecond = DEFAULT_REPATRIATE_BYTES_PER_SECOND;
  private long requestTimeoutMillis = DEFAULT_REQUEST_TIMEOUT_MILLIS;
  private long leaveTimeoutMillis = DEFAULT_LEAVE_TIMEOUT_MILLIS;

  public TmemOptions() {}

  public TmemOptions(TmemOptions other) {
    this.name = other.name;
    this.dataFolder = other.dataFolder;
    this.memoryLimit = other.memoryLimit;
    this.lendLimit = other.lendLimit;
    this.swapFileSize = other.swapFileSize;
    this.swapFilePercent = other.swapFilePercent;
    this.maxAreas = other.maxAreas;
    this.maxZpage = other.maxZpage;
    this.incompressible = other.incompressible;
    this.writeback = other.writeback;
    this.writebackLimit = other.writebackLimit;
    this.tiers = other.tiers;
    this.backends = other.backends.copy();
    this.transport = other.transport;
    this.channelPort = other.channelPort;
    this.borrow = new BorrowOptions(other.borrow);
    this.shared = new SharedOptions(other.shared);
    this.peerTimeoutMillis = other.peerTimeoutMillis;
    this.borrowerGraceMillis = other.borrowerGraceMillis;
    this.handBackBytesPerSecond = other.handBackBytesPerSecond;
    this.repatriateBytesPerSecond = other.repatriateBytesPerSecond;
    this.requestTimeoutMillis = other.requestTimeoutMillis;
    this.leaveTimeoutMillis = other.leaveTimeoutMillis;
  }

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for an unknown key or a bad value
   */
  public TmemOptions(JsonObject json) {
    Options.checkKeys("a node", json, KEYS);
    json.forEach(entry -> read(entry.getKey(), entry.getValue()));
  }

  /** The keys that {@link #TmemOptions(JsonObject)} knows. */
  public static Set<String> keys() {
    return KEYS;
  }

  private void read(String key, @Nullable Object value) {
    if (value == null) {
      return;
    }
    switch (key) {
      case "name" -> setName(String.valueOf(value));
      case "dataFolder" -> setDataFolder(String.valueOf(value));
      case "memoryLimit" -> setMemoryLimit(Options.bytes(key, value));
      case "lendLimit" -> setLendLimit(Options.bytes(key, value));
      case "swapFileSize" -> {
        int percent = Options.percent(key, value);
        if (percent > 0) {
          setSwapFilePercent(percent);
        } else {
          setSwapFileSize(Options.bytes(key, value));
        }
      }
      case "maxAreas" ->
          setMaxAreas(
              (int) Options.inRange(key, Options.wholeNumber(key, value), 1, MAX_MAX_AREAS));
      case "maxZpage" -> setMaxZpage(readMaxZpage(value));
      case "incompressible" -> setIncompressible(Options.choice(key, Incompressible.class, value));
      case "writeback" -> setWriteback(Options.names(key, value));
      case "writebackLimit" -> setWritebackLimit(Options.wholeNumber(key, value));
      case "tiers" -> tiers = Options.names(key, value);
      case "backends" -> {
        if (!(value instanceof JsonObject made)) {
          throw Options.refuse(key, value, "an object of backends by name");
        }
        setBackends(made);
      }
      case "transport" -> setTransport(Options.choice(key, PeerTransport.class, value));
      case "channelPort" ->
          setChannelPort((int) Options.inRange(key, Options.wholeNumber(key, value), 0, 65_535));
      case "borrow" -> borrow = new BorrowOptions(Options.object(key, value));
      case "shared" -> shared = new SharedOptions(Options.object(key, value));
      case "peerTimeoutMillis" -> setPeerTimeoutMillis(Options.wholeNumber(key, value));
      case "borrowerGraceMillis" -> setBorrowerGraceMillis(Options.wholeNumber(key, value));
      case "handBackBytesPerSecond" -> setHandBackBytesPerSecond(Options.bytes(key, value));
      case "repatriateBytesPerSecond" -> setRepatriateBytesPerSecond(Options.bytes(key, value));
      case "requestTimeoutMillis" -> setRequestTimeoutMillis(Options.wholeNumber(key, value));
      case "leaveTimeoutMillis" -> setLeaveTimeoutMillis(Options.wholeNumber(key, value));
      default -> throw new AssertionError(key);
    }
  }

  private static int readMaxZpage(Object value) {
    if (RAMZSWAP.equals(value)) {
      return RAMZSWAP_MAX_ZPAGE;
    }
    if (value instanceof String) {
      throw Options.refuse("maxZpage", value, "0 to 100, or " + RAMZSWAP + ",");
    }
    return (int) Options.inRange("maxZpage", Options.wholeNumber("maxZpage", value), 0, 100);
  }

  /** What is "choose for me", or empty, is not written. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    if (name != null) {
      json.put("name", name);
    }
    if (dataFolder != null) {
      json.put("dataFolder", dataFolder);
    }
    if (memoryLimit != DEFAULT_MEMORY_LIMIT) {
      json.put("memoryLimit", memoryLimit);
    }
    if (lendLimit != DEFAULT_LEND_LIMIT) {
      json.put("lendLimit", lendLimit);
    }
    if (swapFilePercent > 0) {
      json.put("swapFileSize", swapFilePercent + "%");
    } else if (swapFileSize != DEFAULT_SWAP_FILE_SIZE) {
      json.put("swapFileSize", swapFileSize);
    }
    if (!writeback.isEmpty()) {
      json.put("writeback", new JsonArray(writeback));
    }
    if (writebackLimit != UNLIMITED_WRITEBACK) {
      json.put("writebackLimit", writebackLimit);
    }
    if (!tiers.isEmpty()) {
      json.put("tiers", new JsonArray(tiers));
    }
    if (!backends.isEmpty()) {
      json.put("backends", backends.copy());
    }
    return json.put("maxAreas", maxAreas)
        .put("maxZpage", maxZpage == RAMZSWAP_MAX_ZPAGE ? (Object) RAMZSWAP : (Object) maxZpage)
        .put("incompressible", Options.word(incompressible))
        .put("transport", Options.word(transport))
        .put("channelPort", channelPort)
        .put("borrow", borrow.toJson())
        .put("shared", shared.toJson())
        .put("peerTimeoutMillis", peerTimeoutMillis)
        .put("borrowerGraceMillis", borrowerGraceMillis)
        .put("handBackBytesPerSecond", handBackBytesPerSecond)
        .put("repatriateBytesPerSecond", repatriateBytesPerSecond)
        .put("requestTimeoutMillis", requestTimeoutMillis)
        .put("leaveTimeoutMillis", leaveTimeoutMillis);
  }

  /** Unique in the cluster; null: {@code node-1} upward, the first whose data folder is free. */
  public @Nullable String getName() {
    return name;
  }

  public TmemOptions setName(String name) {
    this.name = Options.name("name", name);
    return this;
  }

  /** Where the swap file lies; null: {@code tmem-data/NAME} in the current folder. */
  public @Nullable String getDataFolder() {
    return dataFolder;
  }

  public TmemOptions setDataFolder(String dataFolder) {
    this.dataFolder = dataFolder;
    return this;
  }

  /** Bytes of everything off-heap that the node uses; 0: {@link #DEFAULT_MEMORY_LIMIT}. */
  public long getMemoryLimit() {
    return memoryLimit;
  }

  /**
   * @param memoryLimit bytes, at least {@link #MIN_MEMORY_LIMIT}, or 0 for the default
   */
  public TmemOptions setMemoryLimit(long memoryLimit) {
    if (memoryLimit != DEFAULT_MEMORY_LIMIT) {
      Options.inRange("memoryLimit", memoryLimit, MIN_MEMORY_LIMIT, 1L << 46);
    }
    this.memoryLimit = memoryLimit;
    return this;
  }

  /** Bytes of peers' pages that this node keeps; -1: {@link #DEFAULT_LEND_LIMIT}. */
  public long getLendLimit() {
    return lendLimit;
  }

  /**
   * @param lendLimit bytes; 0 lends nothing; -1 for the default
   */
  public TmemOptions setLendLimit(long lendLimit) {
    if (lendLimit != DEFAULT_LEND_LIMIT) {
      Options.inRange("lendLimit", lendLimit, 0, 1L << 46);
    }
    this.lendLimit = lendLimit;
    return this;
  }

  /** This node's part in clean caches that all nodes share; a copy. */
  public SharedOptions getShared() {
    return new SharedOptions(shared);
  }

  public TmemOptions setShared(SharedOptions shared) {
    this.shared = new SharedOptions(shared);
    return this;
  }

  /** Bytes of the swap file; -1: {@link #DEFAULT_SWAP_FILE_SIZE}. */
  public long getSwapFileSize() {
    return swapFileSize;
  }

  /**
   * @param swapFileSize bytes, at least {@link #MIN_SWAP_FILE_SIZE}; 0 for no swap file; -1 for the
   *     default
   */
  public TmemOptions setSwapFileSize(long swapFileSize) {
    if (swapFileSize != DEFAULT_SWAP_FILE_SIZE && swapFileSize != 0) {
      Options.inRange("swapFileSize", swapFileSize, MIN_SWAP_FILE_SIZE, 1L << 46);
    }
    this.swapFileSize = swapFileSize;
    this.swapFilePercent = 0;
    return this;
  }

  /**
   * The size of the swap file in percent of what is free on its disk, its own space included; 0:
   * {@link #getSwapFileSize} counts.
   */
  public int getSwapFilePercent() {
    return swapFilePercent;
  }

  /**
   * @param percent 1 to 100; in JSON and YAML it is text, {@code swapFileSize: 50%}
   */
  public TmemOptions setSwapFilePercent(int percent) {
    this.swapFilePercent = (int) Options.inRange("swapFilePercent", percent, 1, 100);
    this.swapFileSize = DEFAULT_SWAP_FILE_SIZE;
    return this;
  }

  /**
   * The most areas and caches the node holds open, together; default {@value #DEFAULT_MAX_AREAS}.
   */
  public int getMaxAreas() {
    return maxAreas;
  }

  /**
   * @param maxAreas 1 to 1,000,000
   */
  public TmemOptions setMaxAreas(int maxAreas) {
    this.maxAreas = (int) Options.inRange("maxAreas", maxAreas, 1, MAX_MAX_AREAS);
    return this;
  }

  /**
   * Percent of a page above which it is not kept compressed; {@link #RAMZSWAP_MAX_ZPAGE} for
   * ramzswap's own rule; default {@value #DEFAULT_MAX_ZPAGE}.
   */
  public int getMaxZpage() {
    return maxZpage;
  }

  /**
   * @param maxZpage 0 (compress nothing) to 100 (keep compressed whatever gets smaller at all), or
   *     {@link #RAMZSWAP_MAX_ZPAGE}; in JSON and YAML the latter is {@code ramzswap}
   */
  public TmemOptions setMaxZpage(int maxZpage) {
    if (maxZpage != RAMZSWAP_MAX_ZPAGE) {
      Options.inRange("maxZpage", maxZpage, 0, 100);
    }
    this.maxZpage = maxZpage;
    return this;
  }

  /** What becomes of a page that is not worth keeping compressed; default: it is kept in RAM. */
  public Incompressible getIncompressible() {
    return incompressible;
  }

  public TmemOptions setIncompressible(Incompressible incompressible) {
    this.incompressible = incompressible;
    return this;
  }

  /** The kinds of pages that are written back to disk by the clock; empty: none. */
  public List<String> getWriteback() {
    return writeback;
  }

  /**
   * @param classes of {@code huge} (kept as they are), {@code idle} (marked as idle, or not
   *     accessed for an hour) and {@code incompressible} (which no codec shrinks)
   */
  public TmemOptions setWriteback(List<String> classes) {
    if (!WRITEBACK_CLASSES.containsAll(classes)) {
      throw Options.refuse("writeback", classes, "a list of huge, idle and incompressible");
    }
    this.writeback = classes.isEmpty() ? List.of() : Options.distinct("writeback", classes);
    return this;
  }

  /** How many pages may be written back; {@link #UNLIMITED_WRITEBACK}. */
  public long getWritebackLimit() {
    return writebackLimit;
  }

  /**
   * @param pages 0 or more, by command and by the clock; -1 for no limit
   */
  public TmemOptions setWritebackLimit(long pages) {
    this.writebackLimit =
        Options.inRange("writebackLimit", pages, UNLIMITED_WRITEBACK, Long.MAX_VALUE);
    return this;
  }

  /** The backends that an area uses, in its order, unless it says otherwise; empty: all. */
  public List<String> getTiers() {
    return tiers;
  }

  /**
   * @param tiers names of backends that the node has when it has started; the first is tried first
   */
  public TmemOptions setTiers(List<String> tiers) {
    this.tiers = tiers.isEmpty() ? List.of() : Options.distinct("tiers", tiers);
    return this;
  }

  /** Further backends by name: each an object with {@code provider} and what that one needs. */
  public JsonObject getBackends() {
    return backends.copy();
  }

  /**
   * @param backends made by the providers that {@link java.util.ServiceLoader} finds, see {@link
   *     dev.tmem.backend.BackendProvider}
   */
  public TmemOptions setBackends(JsonObject backends) {
    for (String backend : backends.fieldNames()) {
      Options.name("backends", backend);
      if (!(backends.getValue(backend) instanceof JsonObject setting)
          || !(setting.getValue("provider") instanceof String)) {
        throw Options.refuse(
            "backends: " + backend, backends.getValue(backend), "an object with a provider");
      }
    }
    this.backends = backends.copy();
    return this;
  }

  /** What carries pages to and from peers; of no use in a Vert.x that is not clustered. */
  public PeerTransport getTransport() {
    return transport;
  }

  public TmemOptions setTransport(PeerTransport transport) {
    this.transport = transport;
    return this;
  }

  /** Where page channels are awaited, at the host of the event bus; 0: a free port. */
  public int getChannelPort() {
    return channelPort;
  }

  /**
   * @param port 0 to 65,535; if it is taken, the event bus carries what others would send over it
   */
  public TmemOptions setChannelPort(int port) {
    this.channelPort = (int) Options.inRange("channelPort", port, 0, 65_535);
    return this;
  }

  /** How it uses the RAM of its peers. */
  public BorrowOptions getBorrow() {
    return new BorrowOptions(borrow);
  }

  public TmemOptions setBorrow(BorrowOptions borrow) {
    this.borrow = new BorrowOptions(borrow);
    return this;
  }

  /** See {@link #DEFAULT_BORROWER_GRACE_MILLIS}. */
  public long getBorrowerGraceMillis() {
    return borrowerGraceMillis;
  }

  /**
   * @param millis 1,000 to 604,800,000 (a week); {@code peerTimeoutMillis} is taken if that is more
   */
  public TmemOptions setBorrowerGraceMillis(long millis) {
    this.borrowerGraceMillis = Options.inRange("borrowerGraceMillis", millis, 1_000, 604_800_000);
    return this;
  }

  /** See {@link #DEFAULT_HAND_BACK_BYTES_PER_SECOND}. */
  public long getHandBackBytesPerSecond() {
    return handBackBytesPerSecond;
  }

  /**
   * @param bytes 4 KiB to 1 TiB; a node that leaves goes as fast as it can
   */
  public TmemOptions setHandBackBytesPerSecond(long bytes) {
    this.handBackBytesPerSecond = Options.inRange("handBackBytesPerSecond", bytes, 4_096, 1L << 40);
    return this;
  }

  /** See {@link #DEFAULT_REPATRIATE_BYTES_PER_SECOND}. */
  public long getRepatriateBytesPerSecond() {
    return repatriateBytesPerSecond;
  }

  /**
   * @param bytes 0 to 1 TiB; 0: nothing is brought back before it is asked for
   */
  public TmemOptions setRepatriateBytesPerSecond(long bytes) {
    this.repatriateBytesPerSecond = Options.inRange("repatriateBytesPerSecond", bytes, 0, 1L << 40);
    return this;
  }

  /** See {@link #DEFAULT_PEER_TIMEOUT_MILLIS}. */
  public long getPeerTimeoutMillis() {
    return peerTimeoutMillis;
  }

  /**
   * @param millis 1,000 to 600,000
   */
  public TmemOptions setPeerTimeoutMillis(long millis) {
    this.peerTimeoutMillis = Options.inRange("peerTimeoutMillis", millis, 1_000, 600_000);
    return this;
  }

  /** See {@link #DEFAULT_REQUEST_TIMEOUT_MILLIS}. */
  public long getRequestTimeoutMillis() {
    return requestTimeoutMillis;
  }

  /**
   * @param millis 100 to 600,000
   */
  public TmemOptions setRequestTimeoutMillis(long millis) {
    this.requestTimeoutMillis = Options.inRange("requestTimeoutMillis", millis, 100, 600_000);
    return this;
  }

  /** See {@link #DEFAULT_LEAVE_TIMEOUT_MILLIS}. */
  public long getLeaveTimeoutMillis() {
    return leaveTimeoutMillis;
  }

  /**
   * @param millis 0 to 3,600,000
   */
  public TmemOptions setLeaveTimeoutMillis(long millis) {
    this.leaveTimeoutMillis = Options.inRange("leaveTimeoutMillis", millis, 0, 3_600_000);
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TmemOptions that && toJson().equals(that.toJson());
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

package dev.tmem.dispatch;

import dev.tmem.backend.Codec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is counted for one page space, by the names that frontswap and zram gave it. Thread-safe.
 * The counters never go down, but for pages and copies, which are gauges.
 *
 * <p>What stores into RAM count stands in the {@link StripeCounts} of their stripes: a sum is that
 * of a counter here and of those.
 */
public final class SpaceCounters {

  /** Of a clean cache: puts, whatever became of them; those that were kept are stores. */
  final LongAdder puts = new LongAdder();

  /** Ephemeral pages that gave way. */
  final LongAdder dropped = new LongAdder();

  /** Ephemeral pages whose time to live was over. */
  final LongAdder expired = new LongAdder();

  final LongAdder loads = new LongAdder();
  final LongAdder failedLoads = new LongAdder();
  final LongAdder stores = new LongAdder();
  final LongAdder failedStores = new LongAdder();
  final LongAdder invalidates = new LongAdder();

  /** Versions of pages whose slots were freed, for whatever reason. */
  final LongAdder notifyFree = new LongAdder();

  final LongAdder invalidIo = new LongAdder();
  final LongAdder failedReads = new LongAdder();
  final LongAdder pagesLost = new LongAdder();
  final LongAdder promotions = new LongAdder();
  final LongAdder demotions = new LongAdder();

  /** Pages that were brought back from peers, since there was room again. */
  final LongAdder repatriated = new LongAdder();

  final LongAdder originalBytes = new LongAdder();
  final LongAdder zpageBytes = new LongAdder();

  /** Stores of pages that are kept as they are. */
  final LongAdder hugePagesSince = new LongAdder();

  /** Pages read from, and written to, backends that may wait. */
  final LongAdder lowerReads = new LongAdder();

  final LongAdder lowerWrites = new LongAdder();

  /** Stores that had to wait until pages went down. */
  final LongAdder directReclaim = new LongAdder();

  /** Zpages that recompression has made smaller. */
  final LongAdder recompressed = new LongAdder();

  /** Pages whose content lies in the slot itself. */
  final LongAdder samePages = new LongAdder();

  /** Slots in use. A page is charged once, from acceptance until its slot is free. */
  final LongAdder pages = new LongAdder();

  /** Pages that got back what their protection asks for. */
  final LongAdder restored = new LongAdder();

  private final StripeCounts[] stripes;

  private final LongAdder[] primary = adders();
  private final LongAdder[] extra = adders();

  /** Pages whose copies are not enough, by the wave in which that came about. */
  private final LongAdder[] exposed = adders();

  /**
   * @param stripes how many the space has
   */
  SpaceCounters(int stripes) {
    this.stripes = new StripeCounts[stripes];
    Arrays.setAll(this.stripes, stripe -> new StripeCounts());
  }

  /** What is counted under the lock of a stripe. */
  StripeCounts of(int stripe) {
    return stripes[stripe];
  }

  private long sum(LongAdder others, int count) {
    long sum = others.sum();
    for (StripeCounts stripe : stripes) {
      sum += stripe.get(count);
    }
    return sum;
  }

  private static LongAdder[] adders() {
    LongAdder[] adders = new LongAdder[SlotWord.MAX_BACKENDS];
    for (int i = 0; i < adders.length; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  /**
   * A page is kept.
   *
   * @param zpageLength 0: its slot is its content
   */
  void stored(Codec codec, int originalLength, int zpageLength) {
    stores.increment();
    originalBytes.add(originalLength);
    zpageBytes.add(zpageLength);
    if (codec == Codec.RAW) {
      hugePagesSince.increment();
    }
  }

  void primary(int ordinal, int change) {
    if (ordinal == SlotWord.NOWHERE) {
      return;
    }
    primary[ordinal].add(change);
  }

  /** As {@link #primary(int, int)}; the caller holds the lock of that stripe. */
  void primary(StripeCounts stripe, int ordinal, int change) {
    if (ordinal < StripeCounts.ORDINALS) {
      stripe.primary(ordinal, change);
    } else {
      primary(ordinal, change);
    }
  }

  void extra(int ordinal, int change) {
    extra[ordinal].add(change);
  }

  void exposed(int wave, int change) {
    exposed[wave].add(change);
  }

  /** Pages that became exposed in a wave, and still are. */
  long exposedPages(int wave) {
    return exposed[wave].sum();
  }

  /** Pages whose copies are not what their protection asks for. */
  public long exposedPages() {
    long pages = 0;
    for (LongAdder wave : exposed) {
      pages += wave.sum();
    }
    return pages;
  }

  /** Pages present, lost ones included. */
  public long pages() {
    return sum(pages, StripeCounts.PAGES);
  }

  /** Stores that kept a page. */
  long stores() {
    return sum(stores, StripeCounts.STORES);
  }

  /** Pages that are kept in their slot. */
  public long samePages() {
    return samePages.sum();
  }

  /** Refused calls: a page, an offset or a buffer that is not valid. */
  public void countInvalid() {
    invalidIo.increment();
  }

  /** What was asked of the space, with or without success. */
  long operations() {
    return loads.sum() + failedLoads.sum() + stores() + failedStores.sum() + invalidates.sum();
  }

  public long primaryPages(int ordinal) {
    long sum = primary[ordinal].sum();
    if (ordinal < StripeCounts.ORDINALS) {
      for (StripeCounts stripe : stripes) {
        sum += stripe.primary(ordinal);
      }
    }
    return sum;
  }

  public long extraCopies(int ordinal) {
    return extra[ordinal].sum();
  }

  /** The counters of a clean cache, by the names that cleancache gave them. */
  Map<String, Long> cacheSnapshot() {
    Map<String, Long> map = new LinkedHashMap<>();
    map.put("succ_gets", loads.sum());
    map.put("failed_gets", failedLoads.sum());
    map.put("puts", puts.sum());
    map.put("failed_puts", failedStores.sum());
    map.put("invalidates", invalidates.sum());
    map.put("pages_dropped", dropped.sum());
    map.put("pages_expired", expired.sum());
    map.put("curr_pages", pages());
    map.put("same_pages", samePages.sum());
    map.put("invalid_io", invalidIo.sum());
    map.put("failed_reads", failedReads.sum());
    map.put("orig_bytes_in", sum(originalBytes, StripeCounts.ORIGINAL_BYTES));
    map.put("compr_bytes_in", sum(zpageBytes, StripeCounts.ZPAGE_BYTES));
    map.put("huge_pages_since", sum(hugePagesSince, StripeCounts.HUGE_PAGES_SINCE));
    map.put("pages_recompressed", recompressed.sum());
    return map;
  }

  /**
   * All counters by name; {@code compr_bytes_in} and {@code orig_bytes_in} are sums of all stores.
   */
  public Map<String, Long> snapshot() {
    Map<String, Long> map = new LinkedHashMap<>();
    map.put("loads", loads.sum());
    map.put("failed_loads", failedLoads.sum());
    map.put("succ_stores", stores());
    map.put("failed_stores", failedStores.sum());
    map.put("invalidates", invalidates.sum());
    map.put("curr_pages", pages());
    map.put("same_pages", samePages.sum());
    map.put("invalid_io", invalidIo.sum());
    map.put("failed_reads", failedReads.sum());
    map.put("pages_lost", pagesLost.sum());
    map.put("under_protected_pages", exposedPages());
    map.put("pages_restored", restored.sum());
    map.put("promotions", promotions.sum());
    map.put("demotions", demotions.sum());
    map.put("repatriations", repatriated.sum());
    map.put("direct_reclaim", directReclaim.sum());
    map.put("orig_bytes_in", sum(originalBytes, StripeCounts.ORIGINAL_BYTES));
    map.put("compr_bytes_in", sum(zpageBytes, StripeCounts.ZPAGE_BYTES));
    map.put("huge_pages_since", sum(hugePagesSince, StripeCounts.HUGE_PAGES_SINCE));
    map.put("pages_recompressed", recompressed.sum());
    map.put("bdev_num_reads", lowerReads.sum());
    map.put("bdev_num_writes", lowerWrites.sum());
    map.put("notify_free", sum(notifyFree, StripeCounts.NOTIFY_FREE));
    return map;
  }
}

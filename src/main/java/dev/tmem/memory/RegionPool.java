package dev.tmem.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Spans of 64 KiB, cut from mappings of 64 MiB.
 *
 * <p>A span is charged to the account from {@link #acquireSpan} until {@link #releaseSpan};
 * releasing gives its memory back to the operating system at once. The lowest free span is handed
 * out first, so that regions at the top fall empty; one empty region is kept, further ones are let
 * go of.
 *
 * <p>Touching fresh memory costs a tenth of what compressing a page does, and at the worst as much;
 * a huge page costs less, and spares the processor look-ups of addresses later. So a block of 32
 * free spans is made resident ahead of demand, in the background, and used up before anything else.
 * What is left of the open block and the one ahead is the only memory that is resident and not
 * charged: less than 4 MiB, and only up to three quarters of the limit.
 *
 * <p>A fresh span has undefined content (zero where the system gives it zeroed).
 *
 * <p>Buffers and segments hold while their span is held. After that, or after {@link #close},
 * reading through one that was fetched earlier gives undefined bytes, and writing may damage
 * another holder's; it never touches memory that is not ours (see {@link RegionMemory}).
 *
 * <p>Invariants: the account is charged for exactly the held spans and those being released; a
 * region's place in the array is its number for as long as it lives.
 *
 * <p>Thread-safe: {@code lock}, the innermost of this package, held over a {@code mmap} at most.
 * The array of regions is copied when it changes and read without a lock.
 */
public final class RegionPool implements AutoCloseable {

  private static final int SPAN_SHIFT = 16;

  /** Bytes of a span. */
  public static final int SPAN_BYTES = 1 << SPAN_SHIFT;

  static final int INDEX_BITS = 10;
  static final int SPANS_PER_REGION = 1 << INDEX_BITS;

  /** Bytes of a block: a huge page of the common processors. */
  static final long BLOCK_BYTES = 2L << 20;

  static final int SPANS_PER_BLOCK = (int) (BLOCK_BYTES / SPAN_BYTES);

  /** Blocks are made resident up to this part of the account's limit: 3/4. */
  private static final int ROOMY_SHIFT = 2;

  /**
   * A block whose spans are reserved in their region, but for those taken from it.
   *
   * @param number of the region
   * @param index of the first span
   */
  private record Block(Region region, int number, int index) {}

  /** Bytes of a region. */
  static final long REGION_BYTES = (long) SPANS_PER_REGION * SPAN_BYTES;

  /** Regions of one pool, 1 TiB of memory: a span's number has 24 bits. */
  static final int REGIONS_MAX = 1 << 14;

  /**
   * Regions that were let go of and not yet found by the collector. At this many an empty region is
   * kept instead: it is not resident, and can be used again.
   */
  static final int ABANDONED_MAX = 8;

  private static final @Nullable Region[] NO_REGIONS = new Region[0];

  private final MemoryAccount account;
  private final @Nullable Executor background;
  private final RegionMemory memory;
  private final Object lock = new Object();

  // Written under the lock. The array is never changed once it stands here.
  private volatile @Nullable Region[] regions = NO_REGIONS;
  private volatile boolean closed;

  @GuardedBy("lock")
  private int liveRegions;

  @GuardedBy("lock")
  private int emptyRegions;

  /** No region below this one has a free span. */
  @GuardedBy("lock")
  private int firstWithFree;

  @GuardedBy("lock")
  private long tableSpans;

  /** The block that spans are taken from as long as there are any in it. */
  @GuardedBy("lock")
  private @Nullable Block open;

  /** The next span of the open block. */
  @GuardedBy("lock")
  private int openIndex;

  /** The resident block that is to be opened next. */
  @GuardedBy("lock")
  private @Nullable Block ahead;

  @GuardedBy("lock")
  private boolean isPreparing;

  /** A pool with no memory yet, and none made resident ahead of demand. */
  public RegionPool(MemoryAccount account) {
    this(account, null, RegionMemory.ofThisSystem());
  }

  /**
   * A pool with no memory yet.
   *
   * @param background runs what makes memory resident, about a millisecond at a time
   */
  public RegionPool(MemoryAccount account, Executor background) {
    this(account, background, RegionMemory.ofThisSystem());
  }

  RegionPool(MemoryAccount account, @Nullable Executor background, RegionMemory memory) {
    this.account = account;
    this.background = background;
    this.memory = memory;
  }

  /** The account that spans are charged to. */
  public MemoryAccount account() {
    return account;
  }

  /**
   * Takes a span.
   *
   * @param table whether it may use the account's headroom
   * @return its number, 0 to 2^24 - 1, or -1: the account or the operating system refuses
   * @throws IllegalStateException if closed
   */
  public int acquireSpan(boolean table) {
    if (closed) {
      throw closedException();
    }
    boolean charged = table ? account.tryChargeTable(SPAN_BYTES) : account.tryCharge(SPAN_BYTES);
    if (!charged) {
      return -1;
    }
    int span = -1;
    try {
      synchronized (lock) {
        span = take();
        if (span >= 0 && table) {
          tableSpans++;
        }
      }
      prepareAhead();
    } finally {
      if (span < 0) {
        account.release(SPAN_BYTES);
      }
    }
    return span;
  }

  /** Has a block made resident, if there is none and plenty of room for it. */
  private void prepareAhead() {
    if (background == null) {
      return;
    }
    synchronized (lock) {
      long limit = account.limit();
      long roomy = limit - (limit >> ROOMY_SHIFT);
      if (ahead != null || isPreparing || account.used() + 2 * BLOCK_BYTES > roomy) {
        return;
      }
      isPreparing = true;
    }
    background.execute(this::prepareBlock);
  }

  private void prepareBlock() {
    Block block = reserveBlock();
    if (block == null) {
      return;
    }
    long at = (long) block.index * SPAN_BYTES;
    boolean resident = false;
    boolean late = false;
    try {
      resident = memory.populate(block.region.segment, at);
    } finally {
      synchronized (lock) {
        late = closed;
        settle(block, resident);
      }
    }
    if (late) {
      memory.discard(block.region.segment, at, BLOCK_BYTES);
    }
  }

  /** The lowest block that is free, or the first of a new region; null: the system refuses. */
  private @Nullable Block reserveBlock() {
    synchronized (lock) {
      @Nullable Region[] all = regions;
      for (int number = firstWithFree; number < all.length; number++) {
        Region region = all[number];
        int index = region == null ? -1 : region.lowestFreeBlock();
        if (region != null && index >= 0) {
          return reserve(region, number, index);
        }
      }
      int number = closed ? -1 : addRegion();
      Region region = number < 0 ? null : regions[number];
      return region == null ? null : reserve(region, number, 0);
    }
  }

  @GuardedBy("lock")
  private Block reserve(Region region, int number, int index) {
    emptyRegions -= region.isEmpty() ? 1 : 0;
    region.reserve(index);
    return new Block(region, number, index);
  }

  @GuardedBy("lock")
  private void settle(Block block, boolean resident) {
    if (resident) {
      ahead = block;
      isPreparing = false;
      return;
    }
    // A system that cannot do it is not asked again: isPreparing stays.
    block.region.unreserve(block.index);
    emptyRegions += block.region.isEmpty() ? 1 : 0;
    firstWithFree = Math.min(firstWithFree, block.number);
  }

  /**
   * Gives a span back, to the operating system and to the account.
   *
   * @param table as it was when the span was acquired
   * @throws IllegalArgumentException if the span is not held; nothing changes
   * @throws IllegalStateException if closed
   * @throws dev.tmem.TmemException if the operating system does not take it; it stays held
   */
  public void releaseSpan(int span, boolean table) {
    Region region = region(span);
    int index = span & (SPANS_PER_REGION - 1);
    synchronized (lock) {
      if (closed) {
        throw closedException(); // close has seen the span as held, and released its charge
      }
      if (!region.beginRelease(index)) {
        throw new IllegalArgumentException("span " + span + " is not held");
      }
    }
    boolean discarded = false;
    try {
      memory.discard(region.segment, (long) index * SPAN_BYTES, SPAN_BYTES);
      discarded = true;
    } finally {
      if (!discarded) {
        synchronized (lock) {
          region.undoRelease(index);
        }
      }
    }
    synchronized (lock) {
      putBack(region, span >>> INDEX_BITS, index, table);
    }
    account.release(SPAN_BYTES);
  }

  /**
   * The region that the span lies in, as a direct buffer shared by all: to be used by absolute
   * index only, its position, limit and order never to be read or set.
   *
   * @throws IllegalStateException if closed
   */
  public ByteBuffer buffer(int span) {
    return region(span).buffer;
  }

  /** Where in {@link #buffer} and {@link #segment} the span begins. */
  public int position(int span) {
    return (span & (SPANS_PER_REGION - 1)) << SPAN_SHIFT;
  }

  /**
   * The region that the span lies in.
   *
   * @throws IllegalStateException if closed
   */
  public MemorySegment segment(int span) {
    return region(span).segment;
  }

  /** Bytes of the regions, resident or not. */
  public long mapped() {
    synchronized (lock) {
      return liveRegions * REGION_BYTES;
    }
  }

  /** Bytes of the spans that are held for tables. */
  public long tableBytes() {
    synchronized (lock) {
      return tableSpans * SPAN_BYTES;
    }
  }

  /** Gives all memory back, whoever holds it; closing again does nothing. */
  @Override
  public void close() {
    @Nullable Region[] all;
    long held = 0;
    synchronized (lock) {
      closed = true; // before the charges are counted: nobody may release one of these any more
      all = regions;
      regions = NO_REGIONS;
      liveRegions = 0;
      emptyRegions = 0;
      open = null;
      ahead = null;
      tableSpans = 0;
      for (Region region : all) {
        held += region == null ? 0 : region.heldSpans();
      }
    }
    account.release(held * SPAN_BYTES);
    for (Region region : all) {
      if (region != null) {
        memory.discard(region.segment, 0, REGION_BYTES);
      }
    }
  }

  private Region region(int span) {
    @Nullable Region[] all = regions;
    int number = span >>> INDEX_BITS; // a negative span gives a number over every limit
    Region region = number < all.length ? all[number] : null;
    if (region == null) {
      throw closed
          ? closedException()
          : new IllegalArgumentException("span " + span + " is not held");
    }
    return region;
  }

  @GuardedBy("lock")
  private int take() {
    if (closed) {
      throw closedException();
    }
    if (open == null && ahead != null) {
      open = ahead;
      openIndex = ahead.index;
      ahead = null;
    }
    if (open != null) {
      return takeFrom(open);
    }
    @Nullable Region[] all = regions;
    for (int number = firstWithFree; number < all.length; number++) {
      Region region = all[number];
      if (region != null && region.freeSpans() > 0) {
        firstWithFree = number;
        return takeLowest(region, number);
      }
    }
    return grow();
  }

  @GuardedBy("lock")
  private int takeFrom(Block block) {
    int index = openIndex++;
    if (openIndex == block.index + SPANS_PER_BLOCK) {
      open = null;
    }
    block.region.takeReserved(index);
    return block.number << INDEX_BITS | index;
  }

  @GuardedBy("lock")
  private int takeLowest(Region region, int number) {
    emptyRegions -= region.isEmpty() ? 1 : 0;
    int index = region.lowest();
    region.take(index);
    return number << INDEX_BITS | index;
  }

  @GuardedBy("lock")
  private int grow() {
    int number = addRegion();
    Region region = number < 0 ? null : regions[number];
    if (region == null) {
      return -1;
    }
    firstWithFree = number;
    return takeLowest(region, number);
  }

  /** Maps a region; its number, or -1: the system refuses. */
  @GuardedBy("lock")
  private int addRegion() {
    @Nullable Region[] all = regions;
    int number = 0;
    while (number < all.length && all[number] != null) {
      number++;
    }
    MemorySegment segment = number == REGIONS_MAX ? null : memory.map();
    if (segment == null) {
      return -1;
    }
    @Nullable Region[] more = Arrays.copyOf(all, Math.max(all.length, number + 1));
    more[number] = new Region(segment);
    regions = more;
    liveRegions++;
    emptyRegions++;
    firstWithFree = Math.min(firstWithFree, number);
    return number;
  }

  @GuardedBy("lock")
  private void putBack(Region region, int number, int index, boolean table) {
    region.endRelease(index);
    if (closed) {
      return; // the pool let go of the region meanwhile
    }
    if (table) {
      tableSpans--;
    }
    firstWithFree = Math.min(firstWithFree, number);
    if (region.isEmpty()) {
      emptyRegions++;
      if (emptyRegions > 1 && memory.regions() - liveRegions < ABANDONED_MAX) {
        abandonHighestEmpty();
      }
    }
  }

  @GuardedBy("lock")
  private void abandonHighestEmpty() {
    @Nullable Region[] fewer = regions.clone();
    for (int number = fewer.length - 1; number >= 0; number--) {
      Region region = fewer[number];
      if (region != null && region.isEmpty()) {
        fewer[number] = null;
        break;
      }
    }
    regions = fewer;
    liveRegions--;
    emptyRegions--;
  }

  void checkInvariants() {
    synchronized (lock) {
      int live = 0;
      int empty = 0;
      for (int number = 0; number < regions.length; number++) {
        Region region = regions[number];
        if (region != null) {
          region.checkInvariants();
          live++;
          empty += region.isEmpty() ? 1 : 0;
          if (number < firstWithFree && region.freeSpans() > 0) {
            throw new AssertionError("region " + number + " has room below " + firstWithFree);
          }
        }
      }
      if (live != liveRegions || empty != emptyRegions) {
        throw new AssertionError(
            live + " regions, " + empty + " empty; counted " + liveRegions + ", " + emptyRegions);
      }
    }
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("closed");
  }
}

package dev.tmem.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Scheduler;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Spans of 64 KiB, and runs of four of them, cut from mappings of 64 MiB.
 *
 * <p>A span is charged to the account from {@link #acquireSpan} until {@link #releaseSpan}. The
 * memory of a table's span goes back to the operating system at once, that of others soon: where
 * pages come and go, giving it back and having it again costs as much as a good part of moving
 * them. So some spans and runs stay resident for whoever wants data next ({@link KeptSpans}), as
 * long as they and all that is charged are well within the limit; what nobody wants goes back soon
 * ({@link Ageing}). Which span comes next otherwise: {@link Regions}.
 *
 * <p>Touching fresh memory costs a tenth of what compressing a page does, and at the worst as much;
 * a huge page costs less, and spares the processor look-ups of addresses later. So a block of 32
 * free spans is made resident ahead of demand, in the background, and used up before anything else.
 * Beside what is kept, what is left of the open blocks (one for spans, one for runs, if there are
 * any) and the one ahead is the only memory that is resident and not charged: less than 6 MiB, and
 * only up to three quarters of the limit.
 *
 * <p>A fresh span has undefined content (zero where the system gives it zeroed).
 *
 * <p>Buffers and segments hold while their span is held. After that, or after {@link #close},
 * reading through one that was fetched earlier gives undefined bytes, and writing may damage
 * another holder's; it never touches memory that is not ours (see {@link RegionMemory}).
 *
 * <p>Invariant: the account is charged for exactly the held spans and those being released.
 *
 * <p>Thread-safe: {@code lock}, the innermost of this package, held over a {@code mmap} at most.
 */
public final class RegionPool implements AutoCloseable {

  private static final int SPAN_SHIFT = 16;

  /** Bytes of a span. */
  public static final int SPAN_BYTES = 1 << SPAN_SHIFT;

  static final int INDEX_BITS = 10;
  static final int SPANS_PER_REGION = 1 << INDEX_BITS;

  /** Spans of a run. */
  public static final int SPANS_PER_RUN = 4;

  /** Bytes of a run. */
  public static final int RUN_BYTES = SPANS_PER_RUN * SPAN_BYTES;

  /** Bytes of a block: a huge page of the common processors. */
  static final long BLOCK_BYTES = 2L << 20;

  static final int SPANS_PER_BLOCK = (int) (BLOCK_BYTES / SPAN_BYTES);

  /** Blocks are made resident up to this part of the account's limit: 3/4. */
  private static final int ROOMY_SHIFT = 2;

  /** Bytes of a region. */
  static final long REGION_BYTES = (long) SPANS_PER_REGION * SPAN_BYTES;

  private final MemoryAccount account;
  private final @Nullable Executor background;

  private final RegionMemory memory;
  private final Object lock = new Object();

  private final Regions regions; // changed under the lock
  private volatile boolean closed;

  @GuardedBy("lock")
  private long tableSpans;

  @GuardedBy("lock")
  private final OpenBlocks open = new OpenBlocks();

  @GuardedBy("lock")
  private boolean isPreparing;

  private final Kept keptSpans;
  private final Kept keptRuns;

  /** A pool with no memory yet, and none made resident ahead of demand. */
  public RegionPool(MemoryAccount account) {
    this(account, null, null, RegionMemory.ofThisSystem());
  }

  /**
   * A pool with no memory yet.
   *
   * @param scheduler runs what makes memory resident and gives it back, about a millisecond at a
   *     time
   */
  public RegionPool(MemoryAccount account, Scheduler scheduler) {
    this(account, scheduler::execute, scheduler, RegionMemory.ofThisSystem());
  }

  RegionPool(MemoryAccount account, @Nullable Executor background, RegionMemory memory) {
    this(account, background, null, memory);
  }

  RegionPool(
      MemoryAccount account,
      @Nullable Executor background,
      @Nullable Scheduler scheduler,
      RegionMemory memory) {
    this.account = account;
    this.background = background;
    this.keptSpans = new Kept(1, scheduler);
    this.keptRuns = new Kept(SPANS_PER_RUN, scheduler);
    this.memory = memory;
    this.regions = new Regions(memory);
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
        span = table ? -1 : takeKept(keptSpans);
        span = span < 0 ? take() : span;
        if (span >= 0 && table) {
          tableSpans++;
        }
      }
      settleAcquired();
    } finally {
      if (span < 0) {
        account.release(SPAN_BYTES);
      }
    }
    return span;
  }

  /**
   * Takes a run for data: spans that follow one another, one piece of memory.
   *
   * @return the number of its first span, which names it, or -1 as {@link #acquireSpan}
   * @throws IllegalStateException if closed
   */
  public int acquireRun() {
    if (closed) {
      throw closedException();
    }
    if (!account.tryCharge(RUN_BYTES)) {
      return -1;
    }
    int span = -1;
    try {
      synchronized (lock) {
        span = takeKept(keptRuns);
        span = span < 0 ? takeRun() : span;
      }
      settleAcquired();
    } finally {
      if (span < 0) {
        account.release(RUN_BYTES);
      }
    }
    return span;
  }

  private void settleAcquired() {
    giveBackExcess();
    prepareAhead();
  }

  /** Has a block made resident, if there is none and plenty of room for it. */
  private void prepareAhead() {
    if (background == null) {
      return;
    }
    synchronized (lock) {
      long limit = account.limit();
      long roomy = limit - (limit >> ROOMY_SHIFT);
      if (open.hasAhead() || isPreparing || account.used() + open.bytesWithAnother() > roomy) {
        return;
      }
      isPreparing = true;
    }
    background.execute(this::prepareBlock);
  }

  private void prepareBlock() {
    Regions.Block block = reserveBlock();
    if (block == null) {
      return;
    }
    long at = (long) block.index() * SPAN_BYTES;
    boolean resident = false;
    boolean late = false;
    try {
      resident = memory.populate(block.region().segment, at);
    } finally {
      synchronized (lock) {
        late = closed;
        settle(block, resident);
      }
    }
    if (late) {
      memory.discard(block.region().segment, at, BLOCK_BYTES);
    }
  }

  private Regions.@Nullable Block reserveBlock() {
    synchronized (lock) {
      return closed ? null : regions.reserveLowestBlock();
    }
  }

  @GuardedBy("lock")
  private void settle(Regions.Block block, boolean resident) {
    if (resident) {
      open.setAhead(block);
      isPreparing = false;
      return;
    }
    // A system that cannot do it is not asked again: isPreparing stays.
    regions.unreserve(block);
  }

  // ---- Giving back

  /**
   * Gives a span back, to the account at once, and to the operating system.
   *
   * @param table as it was when the span was acquired
   * @throws IllegalArgumentException if the span is not held; nothing changes
   * @throws IllegalStateException if closed
   * @throws dev.tmem.TmemException if the operating system does not take it; it stays held
   */
  public void releaseSpan(int span, boolean table) {
    release(span, keptSpans, table, !table);
  }

  /** As {@link #releaseSpan} of a span of data, but its memory goes back at once. */
  public void discardSpan(int span) {
    release(span, keptSpans, false, false);
  }

  private void release(int span, Kept kind, boolean table, boolean mayKeep) {
    Region region = region(span);
    int index = span & (SPANS_PER_REGION - 1);
    boolean gone;
    boolean begins;
    synchronized (lock) {
      if (closed) {
        throw closedException(); // close has seen the span as held, and released its charge
      }
      if (!kind.beginRelease(region, index)) {
        throw new IllegalArgumentException(
            (kind == keptRuns
                ? "no run that is held begins with span " + span
                : "span " + span + " is not held"));
      }
      gone = mayKeep && keep(kind, span);
      begins = gone && !kind.isAgeing;
      kind.isAgeing |= gone;
    }
    try {
      if (!gone) {
        discard(region, span, kind, table);
        gone = true;
      }
    } finally {
      if (!gone) {
        synchronized (lock) {
          for (int i = index; i < index + kind.spansEach; i++) {
            region.undoRelease(i);
          }
        }
      }
    }
    account.release((long) kind.spansEach * SPAN_BYTES);
    if (begins) {
      kind.beginAgeing();
    }
  }

  /**
   * Gives a run back, to the account at once, and to the operating system.
   *
   * @param span its first one
   * @throws IllegalArgumentException if it is no run that is held; nothing changes
   * @throws IllegalStateException if closed
   * @throws dev.tmem.TmemException if the operating system does not take it; it stays held
   */
  public void releaseRun(int span) {
    release(span, keptRuns, false, true);
  }

  /** As {@link #releaseRun}, but its memory goes back at once. */
  public void discardRun(int span) {
    release(span, keptRuns, false, false);
  }

  /** Keeps a span that is between held and free, if it may. */
  @GuardedBy("lock")
  private boolean keep(Kept kind, int span) {
    long elsewhere = kind == keptRuns ? keptSpans.stack.bytes() : keptRuns.stack.bytes();
    if (!kind.stack.admits(account.used() + elsewhere, elsewhere, account.limit())
        || !kind.ages()) {
      return false;
    }
    kind.stack.push(span);
    return true;
  }

  @GuardedBy("lock")
  private int takeKept(Kept kind) {
    int span = closed ? -1 : kind.stack.pop();
    if (span >= 0) {
      int index = span & (SPANS_PER_REGION - 1);
      for (int i = index; i < index + kind.spansEach; i++) {
        region(span).takeReserved(i);
      }
    }
    return span;
  }

  /** What others have charged since has the room of what is kept. */
  private void giveBackExcess() {
    boolean more = true;
    while (more) {
      Kept kind;
      synchronized (lock) {
        kind = keptRuns.stack.count() > 0 ? keptRuns : keptSpans;
        long elsewhere = kind == keptRuns ? keptSpans.stack.bytes() : 0;
        more = kind.stack.isTooMuch(account.used() + elsewhere, account.limit());
      }
      more = more && giveBackOne(kind);
    }
  }

  /** Gives all memory back to the operating system that is kept for what may come. */
  public void giveBackKept() {
    boolean more = true;
    while (more) {
      more = giveBackOne(keptRuns) || giveBackOne(keptSpans);
    }
  }

  private boolean giveBackOne(Kept kind) {
    int span;
    Region region;
    synchronized (lock) {
      span = closed ? -1 : kind.stack.takeOldest();
      if (span < 0) {
        return false;
      }
      region = region(span);
    }
    boolean discarded = false;
    try {
      discard(region, span, kind, false);
      discarded = true;
    } finally {
      if (!discarded) {
        synchronized (lock) {
          if (!closed) {
            kind.stack.push(span);
          }
        }
      }
    }
    return true;
  }

  /** Has the system take memory that is between held and free, and makes it free. */
  private void discard(Region region, int span, Kept kind, boolean table) {
    int index = span & (SPANS_PER_REGION - 1);
    memory.discard(region.segment, (long) index * SPAN_BYTES, (long) kind.spansEach * SPAN_BYTES);
    synchronized (lock) {
      for (int i = index; i < index + kind.spansEach; i++) {
        putBack(region, span >>> INDEX_BITS, i, table);
      }
    }
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

  /**
   * Copies bytes into a span that the caller holds.
   *
   * @param from the bytes, from 0; native memory that lives as long as the call
   * @param offset in the span
   * @throws IndexOutOfBoundsException if they do not lie within both
   */
  public void write(MemorySegment from, int length, int span, int offset) {
    NativeCopy.copy(from, length, segment(span), (long) position(span) + offset);
  }

  /** Bytes of the regions, resident or not. */
  public long mapped() {
    synchronized (lock) {
      return regions.live() * REGION_BYTES;
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
      all = regions.clear();
      open.clear();
      keptSpans.stack.clear();
      keptRuns.stack.clear();
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
    // a negative span gives a number over every limit
    Region region = regions.find(span >>> INDEX_BITS);
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
    int span = open.takeSpan();
    return span >= 0 ? span : regions.takeLowest();
  }

  @GuardedBy("lock")
  private int takeRun() {
    if (closed) {
      throw closedException();
    }
    int span = open.takeRun();
    return span >= 0 ? span : regions.takeLowestRun();
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
    regions.freed(region, number);
  }

  /** The kept spans, or the kept runs, as they age. Its fields are guarded by the pool's lock. */
  private final class Kept implements Ageing.Store {
    final int spansEach;
    final KeptSpans stack;

    /** Null: nothing is kept. */
    private final @Nullable Ageing ageing;

    /** Whether a look at them is due. */
    boolean isAgeing;

    Kept(int spansEach, @Nullable Scheduler scheduler) {
      this.spansEach = spansEach;
      this.stack = new KeptSpans(spansEach);
      this.ageing = scheduler == null ? null : new Ageing(scheduler, this);
    }

    boolean ages() {
      return ageing != null;
    }

    void beginAgeing() {
      if (ageing != null) {
        ageing.begin();
      }
    }

    /** From held to in between; false, and nothing changes: it is not held. */
    boolean beginRelease(Region region, int index) {
      return spansEach == 1 ? region.beginRelease(index) : region.beginReleaseOfRun(index);
    }

    @Override
    public int idle() {
      synchronized (lock) {
        return stack.age();
      }
    }

    @Override
    public boolean giveBackOne() {
      return RegionPool.this.giveBackOne(this);
    }

    @Override
    public void giveBackExcess() {
      RegionPool.this.giveBackExcess();
    }

    @Override
    public boolean goesOn() {
      synchronized (lock) {
        isAgeing = stack.count() > 0;
        return isAgeing;
      }
    }
  }

  void checkInvariants() {
    synchronized (lock) {
      regions.checkInvariants();
    }
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("closed");
  }
}

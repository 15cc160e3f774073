package dev.tmem.dispatch;

import dev.tmem.ErrorCode;
import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.PageFault;
import dev.tmem.PageLostException;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import dev.tmem.backend.Codec;
import dev.tmem.backend.DurableBackend;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.codec.CodecScratch;
import dev.tmem.codec.PageCodec;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One page space: its page table, and the operations that need local RAM alone. What has to wait
 * goes on in {@link SlowStore}, {@link Fetch} and {@link Mover}.
 *
 * <p>Thread-safe: a page belongs to the stripe that its offset selects; that stripe's lock orders
 * all operations on it.
 */
public final class PageSpace {

  /** {@link #loadNow}: no such page. */
  public static final int ABSENT = -1;

  /** {@link #loadNow}: the page has to be waited for. */
  public static final int ELSEWHERE = -2;

  /** {@link #loadNow}: the page is longer than the room given. */
  public static final int TOO_SMALL = -3;

  static final int STRIPE_BITS = 6;
  private static final int STRIPES = 1 << STRIPE_BITS;

  private final int number;
  private final SpaceConfig config;
  private final Dispatcher dispatcher;
  private final Backends backends;
  private final PageCodec codec;
  private final Stripe[] stripes = new Stripe[STRIPES];
  private final SpaceCounters counters = new SpaceCounters(STRIPES);
  private final Quota quota;
  private final SpaceChain chain;
  private final @Nullable CachePages cache;

  private final SpaceModes modes;
  private final FreeNotes freeNotes;
  private final RamStores ramStores = new RamStores(this);
  private volatile boolean closed;

  /** Set before anybody knows of the space. */
  private volatile @Nullable DurablePages durable;

  /**
   * @param cacheConfig of a clean cache, whose pages are used by {@link #cache} alone; null: of a
   *     swap area
   */
  PageSpace(
      int number, SpaceConfig config, @Nullable CacheConfig cacheConfig, Dispatcher dispatcher) {
    this.number = number;
    this.config = config;
    this.dispatcher = dispatcher;
    this.backends = dispatcher.backends();
    this.codec = dispatcher.codec();
    this.quota = new Quota(dispatcher.scheduler());
    this.chain = new SpaceChain(backends, config.tiers());
    this.modes = new SpaceModes(dispatcher.isFrozen());
    this.freeNotes = new FreeNotes(this, dispatcher.scheduler(), STRIPES);
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(this, counters.of(i));
    }
    this.cache = cacheConfig == null ? null : new CachePages(this, cacheConfig);
  }

  // ---- What it is

  /** Never used twice in an incarnation. */
  public int number() {
    return number;
  }

  public SpaceConfig config() {
    return config;
  }

  public SpaceCounters counters() {
    return counters;
  }

  /** The pages of a clean cache; only for those. */
  public CachePages cache() {
    if (cache == null) {
      throw new IllegalStateException(config.name() + " is not a cache");
    }
    return cache;
  }

  /** The counters of its kind, by name. */
  Map<String, Long> counted() {
    return config.persistent() ? counters.snapshot() : counters.cacheSnapshot();
  }

  /** Its share of RAM; {@link Dispatcher#setShares} changes it. */
  public Quota quota() {
    return quota;
  }

  /** What the pages in RAM take. */
  RamTally.Sum ramTally() {
    RamTally.Sum sum = RamTally.Sum.NONE;
    for (Stripe stripe : stripes) {
      sum = stripe.addTally(sum);
    }
    return sum;
  }

  /** The counters by name, and {@link RamNumbers zram's and ramzswap's} of what lies in RAM now. */
  public Map<String, Long> numbers() {
    Map<String, Long> numbers = counted();
    ram().addTo(numbers);
    return numbers;
  }

  /** What of this space lies in RAM now. */
  public RamNumbers ram() {
    return RamNumbers.of(this, backends);
  }

  /** Tells a listener which versions of pages are freed from now on; see {@link FreedPages}. */
  public Listening onFreed(Consumer<? super FreedPages> listener) {
    return freeNotes.listen(listener);
  }

  /** Whether what is freed is an event of the node. */
  public boolean hasFreeEvents() {
    return freeNotes.hasEvents();
  }

  public void setFreeEvents(boolean on) {
    freeNotes.setEvents(on);
  }

  FreeNotes freeNotes() {
    return freeNotes;
  }

  /** What may be switched while it is open. */
  public SpaceModes modes() {
    return modes;
  }

  SpaceInfo info() {
    return new SpaceInfo(number, config.name(), config.pageSize(), config.persistent());
  }

  PageKey key(long offset) {
    return new PageKey(number, offset);
  }

  /** Its pages outlive the process. */
  void makeDurable(RegisteredBackend registered, DurableBackend backend) {
    durable = new DurablePages(this, registered, backend);
    modes.setDurable();
  }

  /** Of a durable area; null: it is none. */
  @Nullable DurablePages durable() {
    return durable;
  }

  /**
   * Whether a copy is what is found at the next start: it may be damaged, but must not be freed.
   */
  boolean isOnRecord(Copy copy) {
    DurablePages pages = durable;
    return pages != null && pages.backend().ordinal == copy.ordinal();
  }

  Stripe stripe(long offset) {
    return stripes[stripeIndex(offset)];
  }

  static int stripeIndex(long offset) {
    return (int) ((offset * 0xD6E8FEB86659FD93L) >>> (64 - STRIPE_BITS));
  }

  Stripe[] stripes() {
    return stripes;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  boolean isClosed() {
    return closed;
  }

  void markClosed() {
    closed = true;
  }

  /** The backends that this space uses. */
  SpaceChain chain() {
    return chain;
  }

  /** Whether the backend may be asked to take a page of this space. */
  boolean mayPut(RegisteredBackend backend) {
    return chain.mayPut(backend);
  }

  TmemException closedError() {
    return config.closedError(number);
  }

  // ---- Store

  /**
   * Keeps a page if local RAM alone is needed for it.
   *
   * @param page 1 to pageSize bytes from position to limit
   * @return false: nothing has changed
   */
  public boolean storeNow(long offset, ByteBuffer page) {
    if (modes.isRamNotEnough() || dispatcher.reclaimer().isEmergency(this)) {
      return false;
    }
    try (CodecScratch scratch = codec.acquire()) {
      stripe(offset).lookAhead(offset);
      scratch.compress(page);
      return !forwards(scratch) && ramStores.store(offset, scratch, true);
    }
  }

  /** Keeps a page, wherever there is room. */
  public Future<Void> store(long offset, ByteBuffer page) {
    StoreRound round = new StoreRound();
    Future<Void> stored = store(offset, page, round);
    round.go();
    return stored;
  }

  /** {@link #store} of many pages: what goes to a slow backend goes there together. */
  public List<Future<Void>> storeAll(long[] offsets, List<ByteBuffer> pages) {
    return new Batches(this).storeAll(offsets, pages);
  }

  Future<Void> store(long offset, ByteBuffer page, StoreRound round) {
    Compressed compressed;
    boolean forward;
    try (CodecScratch scratch = codec.acquire()) {
      stripe(offset).lookAhead(offset);
      scratch.compress(page);
      forward = forwards(scratch);
      if (storeInRam(offset, scratch, forward)) {
        return paid();
      }
      compressed = Compressed.copyOf(scratch);
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
    return storeSlowly(offset, compressed, forward, round);
  }

  /**
   * @return false: nothing has changed, {@link #storeSlowly} comes next
   */
  boolean storeInRam(long offset, CodecScratch scratch, boolean forward) {
    return !modes.isRamNotEnough() && !forward && ramStores.store(offset, scratch, false);
  }

  /**
   * @param forward whether lower backends are tried before RAM
   */
  Future<Void> storeSlowly(long offset, Compressed page, boolean forward, StoreRound round) {
    DurablePages pages = durable;
    return pages != null
        ? pages.store(offset, page)
        : new SlowStore(this, offset, page, forward).start(round);
  }

  /** What the store of a page that lies in RAM completes with. */
  Future<Void> paid() {
    return dispatcher.reclaimer().pay(this);
  }

  RamStores ramStores() {
    return ramStores;
  }

  /** Whether the page in the scratch is to be tried in the lower backends first. */
  boolean forwards(CodecScratch scratch) {
    return scratch.codec() == Codec.RAW
        && dispatcher.upkeep().policy().forwards(this, scratch.length());
  }

  /** The RAM backend a store tries first; null if one that may wait comes before any. */
  @Nullable RegisteredBackend firstRam() {
    return chain.firstRam();
  }

  /**
   * @throws TmemException with {@link ErrorCode#AREA_CLOSED}
   */
  public void checkOpen() {
    if (closed) {
      throw closedError();
    }
  }

  // ---- Load

  /**
   * Reads a page if it lies in local RAM; where loads are exclusive it is gone then.
   *
   * @param into has room for {@code room} bytes at {@code at}; not read-only
   * @return its length, {@link #ABSENT}, {@link #ELSEWHERE} or {@link #TOO_SMALL}
   */
  public int loadNow(long offset, ByteBuffer into, int at, int room) {
    Stripe stripe = stripe(offset);
    int length;
    stripe.lock.lock();
    try {
      checkOpen();
      if (stripe.line.isBusy(offset)) {
        return ELSEWHERE;
      }
      length =
          modes.isExclusive()
              ? stripe.readAway(offset, into, at, room)
              : stripe.read(offset, into, at, room);
    } finally {
      stripe.lock.unlock();
    }
    if (length >= 0) {
      counters.loads.increment();
    } else if (length == ABSENT) {
      counters.failedLoads.increment();
    }
    return length;
  }

  PageLostException lost(long offset, String backend, String reason) {
    return new PageLostException(new PageFault(config.name(), offset, backend, reason));
  }

  /** A page has just become lost: says so to whoever listens. No lock is held. */
  PageLostException lostNow(PageFault fault) {
    dispatcher.notifier().tell(new TmemEvent.PageLost(fault));
    return new PageLostException(fault);
  }

  /** Brings a page back, from wherever it is; null if it is not present. */
  public Future<@Nullable Loaded> load(long offset) {
    List<Fetch> toStart = new ArrayList<>(1);
    Future<@Nullable Loaded> future = prepareLoad(offset, toStart);
    Fetch.startAll(toStart);
    return future;
  }

  /** {@link #load} of many pages: those that lie in one slow backend are asked for together. */
  public List<Future<@Nullable Loaded>> loadAll(long[] offsets) {
    return new Batches(this).loadAll(offsets);
  }

  /** Loads from RAM, or joins or makes a fetch; a new one is added to {@code toStart}. */
  private Future<@Nullable Loaded> prepareLoad(long offset, List<Fetch> toStart) {
    byte[] bytes = new byte[config.pageSize()];
    Stripe stripe = stripe(offset);
    stripe.lock.lock();
    try {
      return loadLocked(stripe, offset, bytes, toStart);
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * As {@link #prepareLoad}; the caller holds the stripe's lock.
   *
   * @param bytes room for the page, handed over
   */
  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  Future<@Nullable Loaded> loadLocked(
      Stripe stripe, long offset, byte[] bytes, List<Fetch> toStart) {
    try {
      checkOpen();
      if (stripe.line.isBusy(offset)) {
        return stripe.line.<@Nullable Loaded>await(offset, () -> load(offset));
      }
      int length = stripe.read(offset, ByteBuffer.wrap(bytes), 0, bytes.length);
      if (length == ABSENT) {
        counters.failedLoads.increment();
        return Future.succeededFuture();
      }
      long ref = stripe.slots.find(offset);
      if (length >= 0) {
        counters.loads.increment();
        long epoch = SlotWord.epoch(stripe.slots.word(ref));
        return Future.succeededFuture(new Loaded(bytes, length, epoch));
      }
      return Fetch.join(stripe, ref, toStart);
    } catch (TmemException e) {
      counters.failedLoads.increment();
      return Future.failedFuture(e);
    }
  }

  // ---- Invalidate and look

  /** Forgets a page, in every backend. */
  public Future<Void> invalidate(long offset) {
    DurablePages pages = durable;
    if (pages != null) {
      return pages.invalidate(offset);
    }
    Freed freed = new Freed(backends);
    Stripe stripe = stripe(offset);
    Future<Void> done;
    stripe.lock.lock();
    try {
      done = invalidateLocked(stripe, offset, freed);
    } finally {
      stripe.lock.unlock();
    }
    freed.release();
    return done;
  }

  /** {@link #invalidate} of many pages. */
  public List<Future<Void>> invalidateAll(long[] offsets) {
    DurablePages pages = durable;
    return pages != null ? pages.invalidateAll(offsets) : new Batches(this).invalidateAll(offsets);
  }

  /** As {@link #invalidate}; the caller holds the stripe's lock, and releases what is freed. */
  @SuppressWarnings("GuardedBy") // the caller holds the stripe's lock
  Future<Void> invalidateLocked(Stripe stripe, long offset, Freed freed) {
    try {
      checkOpen();
      if (stripe.line.isBusy(offset)) {
        return stripe.line.await(offset, () -> invalidate(offset));
      }
      long ref = stripe.slots.find(offset);
      if (ref >= 0) {
        stripe.remove(ref, freed);
        counters.invalidates.increment();
      }
      return Future.succeededFuture();
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
  }

  /** Whether the page is present. */
  public Future<Boolean> contains(long offset) {
    return epoch(offset).map(epoch -> epoch != ABSENT);
  }

  /** The epoch of a page, or {@link #ABSENT}. */
  public Future<Long> epoch(long offset) {
    Stripe stripe = stripe(offset);
    stripe.lock.lock();
    try {
      checkOpen();
      if (stripe.line.isBusy(offset)) {
        return stripe.line.await(offset, () -> epoch(offset));
      }
      long ref = stripe.slots.find(offset);
      long word = ref < 0 ? 0 : stripe.slots.word(ref);
      boolean present = ref >= 0 && SlotWord.state(word) != SlotWord.TAKEN;
      return Future.succeededFuture(present ? SlotWord.epoch(word) : ABSENT);
    } catch (TmemException e) {
      return Future.failedFuture(e);
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Takes a page out, in two phases; null if it is not present. */
  public Future<@Nullable Take> take(long offset) {
    return Take.of(this, offset, load(offset));
  }

  /** {@link #take} of many pages. */
  public List<Future<@Nullable Take>> takeAll(long[] offsets) {
    List<Future<@Nullable Loaded>> loads = loadAll(offsets);
    List<Future<@Nullable Take>> takes = new ArrayList<>(offsets.length);
    for (int i = 0; i < offsets.length; i++) {
      takes.add(Take.of(this, offsets[i], loads.get(i)));
    }
    return takes;
  }

  /** Forgets every page; completes with their number. */
  public Future<Long> invalidateAll() {
    DurablePages pages = durable;
    Future<Long> done =
        pages == null ? new SpaceSweep(this).freeAll() : pages.invalidateEverything();
    return done.onSuccess(freed -> dispatcher.reclaimer().lookNow());
  }

  /** The lowest offsets of present pages from one on, ascending, at most that many. */
  public Future<long[]> offsets(long from, int max) {
    return new SpaceSweep(this).offsets(from, max);
  }

  /** Completes when what lies in a slow backend now is as stable as that backend can make it. */
  public Future<Void> flush() {
    List<Future<Void>> flushes = new ArrayList<>();
    for (RegisteredBackend backend : backends.chain()) {
      flushes.add(backend.flush());
    }
    return Future.join(flushes).mapEmpty();
  }
}

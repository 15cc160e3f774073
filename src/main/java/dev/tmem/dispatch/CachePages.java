package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.TmemException;
import dev.tmem.backend.Scheduler;
import dev.tmem.codec.CodecScratch;
import dev.tmem.codec.PageCodec;
import dev.tmem.memory.ObjectDirectory;
import dev.tmem.memory.ObjectHash;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a clean cache: ephemeral, so they may be dropped at any time, and lie in local RAM
 * alone. What cannot be kept has at least removed the page it was to take the place of; a get that
 * finds a page it cannot return removes it first. So a page that was replaced never comes back, and
 * a miss stays a miss until the next put.
 *
 * <p>A page is named by an object of 128 bits and an index of 32. It stands in the page table of
 * its {@link PageSpace} under the key that the stripe's {@link ObjectDirectory} gives it; the two
 * change together, under the stripe's lock ({@link Stripe#remove} sees to the directory, whoever
 * removes the page). An object's pages are spread over {@value #SPREAD} stripes, 64 indexes at a
 * time: so that one large object does not wait for a single lock, and that all of it is found
 * without asking every stripe.
 *
 * <p>Thread-safe: as {@link PageSpace}.
 */
public final class CachePages {

  /** What became of an attempt to keep a page. */
  private enum Attempt {
    KEPT,
    NO_ROOM,
    /** It cannot be kept, whatever room there is. */
    UNFIT
  }

  /** Stripes that the pages of one object may lie in. A power of two. */
  static final int SPREAD = 8;

  private static final int SPREAD_BITS = Integer.numberOfTrailingZeros(SPREAD);

  /** How often a put makes room before it gives up. */
  private static final int MAX_ATTEMPTS = 8;

  private final PageSpace space;
  private final CacheConfig config;
  private final Ephemerals ephemerals;
  private final SpaceCounters counters;
  private final long openedNanos;
  private final CacheHand hand;
  private final ObjectHash hash;

  CachePages(PageSpace space, CacheConfig config) {
    this.space = space;
    this.hand = new CacheHand(space);
    this.config = config;
    this.ephemerals = space.dispatcher().ephemerals();
    this.counters = space.counters();
    Scheduler scheduler = space.dispatcher().scheduler();
    this.openedNanos = scheduler.nanoTime();
    this.hash = new ObjectHash(scheduler.salt(), scheduler.salt());
  }

  public CacheConfig config() {
    return config;
  }

  /** Objects that have pages, an object once for each stripe that it has pages in. */
  long objectParts() {
    long objects = 0;
    for (Stripe stripe : space.stripes()) {
      stripe.lock.lock();
      try {
        objects += directory(stripe).objects();
      } finally {
        stripe.lock.unlock();
      }
    }
    return objects;
  }

  /** The stripe of a page; those of one object follow each other. */
  Stripe stripe(long first, int index) {
    int base = (int) (first >>> (64 - PageSpace.STRIPE_BITS));
    return stripe(base, step(index));
  }

  /** Which of its object's stripes a page lies in, 0 to {@link #SPREAD} - 1. */
  static int step(int index) {
    int chunk = index >>> 6;
    return (chunk * 0x9E3779B1) >>> (32 - SPREAD_BITS);
  }

  private Stripe stripe(int base, int step) {
    Stripe[] stripes = space.stripes();
    return stripes[(base + step) & (stripes.length - 1)];
  }

  @GuardedBy("stripe.lock")
  private static ObjectDirectory directory(Stripe stripe) {
    ObjectDirectory objects = stripe.objects;
    if (objects == null) {
      throw new IllegalStateException(stripe.space().config().name() + " is not a cache");
    }
    return objects;
  }

  /** The slot of a page, or -1. */
  @GuardedBy("stripe.lock")
  private static long find(Stripe stripe, long first, long second, int index) {
    long number = directory(stripe).find(first, second);
    return number == 0 ? -1 : stripe.slots.find(ObjectDirectory.pageKey(number, index));
  }

  // ---- Put

  /**
   * Puts a page in place of any older one, if it can be kept; else the older one is removed.
   *
   * @param page 1 to pageSize bytes from position to limit
   * @throws TmemException if the cache was closed
   */
  public void put(long high, long low, int index, ByteBuffer page) {
    long second = hash.second(high, low);
    long first = hash.first(high, second);
    try (CodecScratch scratch = space.dispatcher().codec().acquire()) {
      scratch.compress(page);
      put(first, second, index, scratch);
    }
  }

  /**
   * As {@link #put}, of a page that is packed already ({@link PageCodec#pack}). What is no packed
   * page of this cache cannot be kept.
   */
  public void putPacked(long high, long low, int index, ByteBuffer packed) {
    try (CodecScratch scratch = space.dispatcher().codec().acquire()) {
      if (scratch.adopt(packed, space.config().pageSize())) {
        long second = hash.second(high, low);
        put(hash.first(high, second), second, index, scratch);
        return;
      }
    }
    space.counters().countInvalid();
    invalidatePage(high, low, index);
  }

  /**
   * {@link #put} of many pages of an object.
   *
   * @param indexes without repetition
   * @throws TmemException if the cache was closed
   */
  public void putAll(long high, long low, int[] indexes, List<ByteBuffer> pages) {
    long second = hash.second(high, low);
    new CacheBatches(this, space).putAll(hash.first(high, second), second, indexes, pages);
  }

  /** {@link #put} of what the scratch holds. */
  void put(long first, long second, int index, CodecScratch scratch) {
    Stripe stripe = stripe(first, index);
    if (!keep(stripe, first, second, index, scratch)) {
      remove(stripe, first, second, index);
      countRefused();
    }
  }

  private void countRefused() {
    counters.puts.increment();
    counters.failedStores.increment();
  }

  /** Makes room for the page, by dropping colder ones, and keeps it there; false: there is none. */
  private boolean keep(Stripe stripe, long first, long second, int index, CodecScratch scratch) {
    int length = RamForm.finish(scratch, space.config().pageSize());
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      RegisteredBackend ram = firstRam();
      if (ram == null || (attempt > 0 && !ephemerals.makeRoom(ram))) {
        return false;
      }
      if (ephemerals.mayGrow(ram)) {
        Attempt result = tryKeep(stripe, first, second, index, scratch, length, ram);
        if (result != Attempt.NO_ROOM) {
          return result == Attempt.KEPT;
        }
      }
    }
    return false;
  }

  /**
   * Puts what the scratch holds where its slot will name it, if there is room below the mark. The
   * caller has it count as under way.
   *
   * @return null: there is none now
   */
  @Nullable PutAhead putAhead(CodecScratch scratch) {
    RegisteredBackend ram = firstRam();
    if (ram == null || space.modes().isFrozen() || !ephemerals.mayGrow(ram)) {
      return null;
    }
    return PutAhead.put(ram, scratch, space.config().pageSize());
  }

  /** The first RAM backend of the chain that takes pages; slow ones before it do not matter. */
  private @Nullable RegisteredBackend firstRam() {
    for (RegisteredBackend backend : space.chain().inOrder()) {
      if (backend.ram() != null && space.chain().mayPut(backend)) {
        return backend;
      }
    }
    return null;
  }

  private Attempt tryKeep(
      Stripe stripe,
      long first,
      long second,
      int index,
      CodecScratch scratch,
      int length,
      RegisteredBackend backend) {
    stripe.lock.lock();
    try {
      space.checkOpen();
      if (space.modes().isFrozen() || !space.chain().mayPut(backend)) {
        return Attempt.UNFIT;
      }
      PutAhead page = PutAhead.put(backend, scratch, length, space.config().pageSize());
      return page == null ? Attempt.NO_ROOM : fill(stripe, first, second, index, page);
    } finally {
      stripe.lock.unlock();
    }
  }

  /** Gives a page its slot; if that cannot be, the older one is removed. */
  @GuardedBy("stripe.lock")
  void settle(Stripe stripe, long first, long second, int index, PutAhead page) {
    if (fill(stripe, first, second, index, page) != Attempt.KEPT) {
      long ref = find(stripe, first, second, index);
      if (ref >= 0) {
        stripe.remove(ref, null);
      }
      countRefused();
    }
  }

  /** Gives a page its slot, or frees it. */
  @GuardedBy("stripe.lock")
  private Attempt fill(Stripe stripe, long first, long second, int index, PutAhead page) {
    long epoch = nextEpoch(stripe);
    // A backend that is taken out is marked first and emptied then, so no page is left behind.
    if (space.modes().isFrozen() || !space.chain().mayPut(page.backend()) || epoch < 0) {
      page.free();
      return Attempt.UNFIT;
    }
    long ref = emptySlot(stripe, first, second, index);
    if (ref < 0) {
      page.free();
      return Attempt.NO_ROOM;
    }
    stripe.fill(ref, SlotWord.withEpoch(page.word(), epoch), page.handle());
    counters.puts.increment();
    page.count(counters);
    return Attempt.KEPT;
  }

  /** The page's slot, whose content is gone, or a new one; -1: no memory. */
  @GuardedBy("stripe.lock")
  private long emptySlot(Stripe stripe, long first, long second, int index) {
    long ref = find(stripe, first, second, index);
    if (ref >= 0) {
      stripe.empty(ref, null);
      return ref;
    }
    long key = directory(stripe).add(first, second, index);
    if (key < 0) {
      return -1;
    }
    ref = stripe.slots.insert(key);
    if (ref < 0) {
      directory(stripe).remove(key);
      return -1;
    }
    counters.pages.increment();
    return ref;
  }

  /** -1: none can be drawn, see {@link EpochStamp}. */
  @GuardedBy("stripe.lock")
  private long nextEpoch(Stripe stripe) {
    if (config.timeToLiveSeconds() == 0) {
      return stripe.nextEpoch();
    }
    long second = nowSecond();
    return EpochStamp.hasMore(stripe.lastEpoch(), second)
        ? stripe.nextEpoch(EpochStamp.first(second))
        : -1;
  }

  private long nowSecond() {
    return (space.dispatcher().scheduler().nanoTime() - openedNanos) / 1_000_000_000;
  }

  /** Whether pages have a time to live. */
  boolean hasTimeToLive() {
    return config.timeToLiveSeconds() > 0;
  }

  /**
   * Whether a page's time is over: by its word, at the earliest {@code timeToLive} after its put.
   */
  boolean isExpired(long word) {
    return hasTimeToLive()
        && nowSecond() - EpochStamp.second(SlotWord.epoch(word)) > config.timeToLiveSeconds();
  }

  // ---- Get

  /**
   * Brings a page back, and removes it if gets are exclusive; null: it is not there.
   *
   * @throws TmemException if the cache was closed
   */
  public @Nullable Loaded get(long high, long low, int index) {
    long second = hash.second(high, low);
    long first = hash.first(high, second);
    Stripe stripe = stripe(first, index);
    Loaded loaded;
    stripe.lock.lock();
    try {
      space.checkOpen();
      loaded = read(stripe, first, second, index, null);
    } finally {
      stripe.lock.unlock();
    }
    (loaded == null ? counters.failedLoads : counters.loads).increment();
    return loaded;
  }

  /**
   * As {@link #get}, but packed as it is kept ({@link PageCodec#unpack}), and never removed.
   *
   * @throws TmemException if the cache was closed
   */
  public byte @Nullable [] getPacked(long high, long low, int index) {
    long second = hash.second(high, low);
    long first = hash.first(high, second);
    Stripe stripe = stripe(first, index);
    byte[] packed = null;
    stripe.lock.lock();
    try {
      space.checkOpen();
      long ref = find(stripe, first, second, index);
      if (isLive(stripe, ref)) {
        packed = stripe.readPacked(ref);
        if (packed == null) {
          counters.failedReads.increment();
          stripe.remove(ref, null); // a miss stays one
        }
      }
    } finally {
      stripe.lock.unlock();
    }
    (packed == null ? counters.failedLoads : counters.loads).increment();
    return packed;
  }

  /** Whether there is a page whose time is not over; one whose time is over is removed. */
  @GuardedBy("stripe.lock")
  private boolean isLive(Stripe stripe, long ref) {
    if (ref < 0) {
      return false;
    }
    boolean expired = isExpired(stripe.slots.word(ref));
    if (expired) {
      counters.expired.increment();
      stripe.remove(ref, null);
    }
    return !expired;
  }

  /**
   * {@link #get} of many pages of an object, in the order asked.
   *
   * @throws TmemException if the cache was closed
   */
  public List<@Nullable Loaded> getAll(long high, long low, int[] indexes) {
    long second = hash.second(high, low);
    return new CacheBatches(this, space).getAll(hash.first(high, second), second, indexes);
  }

  /**
   * Reads a page.
   *
   * @param ready room for it, handed over; null: it is made if the page is there
   */
  @GuardedBy("stripe.lock")
  @Nullable Loaded read(
      Stripe stripe, long first, long second, int index, byte @Nullable [] ready) {
    long ref = find(stripe, first, second, index);
    if (!isLive(stripe, ref)) {
      return null;
    }
    long word = stripe.slots.word(ref);
    byte[] room = ready == null ? new byte[space.config().pageSize()] : ready;
    int length = stripe.read(stripe.slots.key(ref), ByteBuffer.wrap(room), 0, room.length);
    if (length < 0) {
      counters.failedReads.increment(); // damaged
    }
    if (length < 0 || config.exclusiveGets()) {
      stripe.remove(ref, null);
    }
    return length < 0 ? null : new Loaded(room, length, SlotWord.epoch(word));
  }

  // ---- Invalidate

  /**
   * Forgets a page.
   *
   * @throws TmemException if the cache was closed
   */
  public void invalidatePage(long high, long low, int index) {
    long second = hash.second(high, low);
    long first = hash.first(high, second);
    if (remove(stripe(first, index), first, second, index)) {
      counters.invalidates.increment();
    }
  }

  private boolean remove(Stripe stripe, long first, long second, int index) {
    stripe.lock.lock();
    try {
      space.checkOpen();
      long ref = find(stripe, first, second, index);
      if (ref < 0) {
        return false;
      }
      stripe.remove(ref, null);
      return true;
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * Forgets every page of an object, at the cost of the pages it has: they are out of reach when
   * the call returns, and freed when the future completes. What is put meanwhile stays.
   *
   * @return completes with the number of pages
   * @throws TmemException if the cache was closed
   */
  public Future<Long> invalidateObject(long high, long low) {
    long second = hash.second(high, low);
    long first = hash.first(high, second);
    int base = (int) (first >>> (64 - PageSpace.STRIPE_BITS));
    ObjectRemoval removal = new ObjectRemoval(space.dispatcher().scheduler(), counters.invalidates);
    for (int step = 0; step < SPREAD; step++) {
      Stripe stripe = stripe(base, step);
      stripe.lock.lock();
      try {
        space.checkOpen();
        long number = directory(stripe).detach(first, second);
        if (number != 0) {
          removal.add(stripe, number);
        }
      } finally {
        stripe.lock.unlock();
      }
    }
    return removal.run();
  }

  /** Which objects are meant. */
  public interface ObjectFilter {
    boolean test(long high, long low);
  }

  /**
   * Drops every page of some objects, on another thread.
   *
   * @return when all that were there when the call began are out of reach; fails if the cache was
   *     closed
   */
  public Future<Void> drop(ObjectFilter filter) {
    return new ObjectSweep(space, hash, filter).run();
  }

  /**
   * Drops the coldest pages.
   *
   * @return how many were dropped; 0: there are none
   */
  public int dropCold(int pages) {
    return hand.drop(pages);
  }

  // ---- Accounting

  /** What does not add up in one stripe; null: all does. */
  @GuardedBy("stripe.lock")
  static @Nullable String problem(Stripe stripe) {
    ObjectDirectory objects = stripe.objects;
    return objects == null || objects.pages() == stripe.slots.size()
        ? null
        : objects.pages() + " pages in the directory of objects, " + stripe.slots.size() + " slots";
  }
}

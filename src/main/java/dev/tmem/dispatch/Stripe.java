package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.RamBackend;
import dev.tmem.codec.PageCodec;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.ObjectDirectory;
import dev.tmem.memory.SlotTable;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A part of a page table: one lock, one table of slots, one table of extra copies.
 *
 * <p>Thread-safe: {@link #lock} guards everything in it. It ranks above the locks of RAM backends;
 * two stripes are never locked at once.
 *
 * <p>Invariants, whenever the lock is free:
 *
 * <ul>
 *   <li>A slot in state PRESENT or TAKEN names at least one copy, or keeps its content itself.
 *   <li>A slot in state STORING or LOST names no copy.
 *   <li>A slot has the flag EXTRA exactly if the page has extra copies.
 *   <li>Every epoch in the table is at most {@link #epoch}, which never goes down.
 *   <li>A slot that names a copy in a RAM backend is the only one that names it.
 *   <li>The codec in a slot is that of each of the page's copies.
 *   <li>A slot whose primary copy lies in a slow backend has a wave exactly if its copies are not
 *       enough, by the states that the backends had when it was last looked at.
 *   <li>If there is a directory of objects, it has the keys of all slots and no others.
 * </ul>
 */
final class Stripe {

  private static final int NEWEST_PART = 4;

  /** Of a clean cache: so many low bits of an index tell pages apart that lie side by side. */
  private static final int CLUSTER_BITS = 4;

  final StripeLock lock;

  @GuardedBy("lock")
  final SlotTable slots;

  @GuardedBy("lock")
  final ExtraCopies extras;

  /** Of a clean cache: which keys the pages of its objects have. */
  @GuardedBy("lock")
  final @Nullable ObjectDirectory objects;

  /** Confined to the lock, but for its serve. */
  final Line line;

  /** Fetches under way, by offset, so that one serves all who wait for the page. */
  @GuardedBy("lock")
  final Map<Long, Fetch> fetches = new HashMap<>();

  @GuardedBy("lock")
  private final RamTally tally;

  /** What stores into RAM count. */
  @GuardedBy("lock")
  final StripeCounts counts;

  private final PageSpace space;

  /** See {@link #takeReadFault}. */
  @GuardedBy("lock")
  private @Nullable String readFault;

  /** The last epoch drawn. */
  @GuardedBy("lock")
  private long epoch;

  Stripe(PageSpace space, StripeCounts counts) {
    this(space, counts, new StripeLock());
  }

  Stripe(PageSpace space, StripeCounts counts, StripeLock lock) {
    this.space = space;
    this.counts = counts;
    this.lock = lock;
    this.line = new Line(lock);
    this.tally = new RamTally(space);
    BlockPool blocks = space.dispatcher().blocks();
    // Pages of an object are often invalidated, and read, one after the other.
    int clusterBits = space.config().persistent() ? 0 : CLUSTER_BITS;
    this.slots = new SlotTable(blocks, 0, clusterBits);
    this.objects =
        space.config().persistent()
            ? null
            : new ObjectDirectory(blocks, space.dispatcher().scheduler().salt());
    this.extras = new ExtraCopies(blocks);
  }

  PageSpace space() {
    return space;
  }

  @GuardedBy("lock")
  long nextEpoch() {
    if (epoch == SlotWord.MAX_EPOCH) {
      throw new IllegalStateException("all " + epoch + " epochs of a stripe are used up");
    }
    return ++epoch;
  }

  /** As {@link #nextEpoch()}; that epoch or a later one. */
  @GuardedBy("lock")
  long nextEpoch(long atLeast) {
    epoch = Math.max(epoch, atLeast - 1);
    return nextEpoch();
  }

  /** An epoch was given in an earlier life: it does not come back. */
  @GuardedBy("lock")
  void used(long old) {
    epoch = Math.max(epoch, old);
  }

  @GuardedBy("lock")
  long lastEpoch() {
    return epoch;
  }

  /** The slot of a page, if it is still the version of that epoch; else -1. */
  @GuardedBy("lock")
  long findVersion(long offset, long epoch) {
    long ref = slots.find(offset);
    return ref >= 0 && SlotWord.epoch(slots.word(ref)) == epoch ? ref : -1;
  }

  /** Whether a version in RAM is one of the last that were stored, a quarter of what lies there. */
  @GuardedBy("lock")
  boolean isAmongNewest(long word) {
    return epoch - SlotWord.epoch(word) < tally.pages() / NEWEST_PART;
  }

  // ---- Slots

  /**
   * Asks for a slot for the sake of the processor's cache: what is done next, such as copying a
   * page, goes on while the slot is on its way from memory.
   */
  void lookAhead(long offset) {
    lock.lock();
    try {
      slots.touch(offset);
    } finally {
      lock.unlock();
    }
  }

  /** Writes word and handle of a slot that names nothing, and counts its primary copy. */
  @GuardedBy("lock")
  void fill(long ref, long word, long handle) {
    slots.setWord(ref, word);
    slots.setHandle(ref, handle);
    space.counters().primary(counts, SlotWord.ordinal(word), 1);
    if (SlotWord.isInSlot(word)) {
      space.counters().samePages.increment();
    } else {
      tally.count(word, handle, 1);
    }
  }

  /**
   * Writes a zpage over the page's copy in RAM, if that backend has it and nothing else has to be
   * freed. Word and handle of the slot are not valid afterwards; the caller {@link #fill fills} it.
   *
   * @return its handle; {@link Backend#REFUSED}: nothing has changed
   */
  @GuardedBy("lock")
  long rewrite(long ref, RegisteredBackend ram, MemorySegment zpage, int length) {
    long word = slots.word(ref);
    if (SlotWord.state(word) != SlotWord.PRESENT
        || SlotWord.ordinal(word) != ram.ordinal
        || SlotWord.has(word, SlotWord.EXTRA)) {
      return Backend.REFUSED;
    }
    long old = slots.handle(ref);
    tally.count(word, old, -1);
    long handle = ram.rewriteInRam(old, zpage, length);
    if (handle == Backend.REFUSED) {
      tally.count(word, old, 1);
      return Backend.REFUSED;
    }
    long offset = slots.key(ref);
    space.freeNotes().note(PageSpace.stripeIndex(offset), offset, SlotWord.epoch(word));
    space.counters().primary(counts, ram.ordinal, -1);
    return handle;
  }

  /** Adds what this stripe's pages take in RAM. */
  RamTally.Sum addTally(RamTally.Sum sum) {
    lock.lock();
    try {
      return tally.plus(sum, slots);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes the copies out of a slot: unreachable from now on, freed by {@code freed}. What the slot
   * says afterwards is not valid; the caller writes or removes it.
   *
   * @param freed may be null if the slot has no copy in a slow backend
   */
  @GuardedBy("lock")
  void empty(long ref, @Nullable Freed freed) {
    empty(ref, freed, null);
  }

  /**
   * @param frees gets the copy in RAM; null: it is freed at once
   */
  @GuardedBy("lock")
  private void empty(long ref, @Nullable Freed freed, @Nullable RamFrees frees) {
    SpaceCounters counters = space.counters();
    long word = slots.word(ref);
    long offset = slots.key(ref);
    int ordinal = SlotWord.ordinal(word);
    if (SlotWord.state(word) != SlotWord.STORING) {
      space.freeNotes().note(PageSpace.stripeIndex(offset), offset, SlotWord.epoch(word));
    }
    if (freed != null && space.durable() == null && adoptedByFetch(ref, word)) {
      freed = null;
    }
    if (SlotWord.isInSlot(word)) {
      counters.samePages.decrement();
    } else if (ordinal != SlotWord.NOWHERE) {
      counters.primary(counts, ordinal, -1);
      RegisteredBackend backend = space.dispatcher().backends().get(ordinal);
      if (backend.ram() != null) {
        tally.count(word, slots.handle(ref), -1);
        if (frees == null) {
          backend.freeInRam(slots.handle(ref));
        } else {
          frees.add(backend, slots.handle(ref));
        }
      } else {
        space.dispatcher().exposures().end(space, SlotWord.wave(word));
        if (freed != null) {
          Copy primary = new Copy(ordinal, slots.handle(ref));
          freed.add(space.key(offset), SlotWord.epoch(word), primary);
        }
      }
    }
    if (SlotWord.has(word, SlotWord.EXTRA)) {
      List<Copy> copies = extras.of(offset);
      for (Copy copy : copies) {
        counters.extra(copy.ordinal(), -1);
        if (freed != null) {
          freed.add(space.key(offset), SlotWord.epoch(word), copy);
        }
      }
      extras.write(offset, List.of());
    }
  }

  /**
   * Loads that came before this store or invalidate, and wait for a fetch, are to see what was
   * there when they came: the fetch frees the slow copies when it has ended. Not in a durable area:
   * there a copy must stay until what takes its place is on record.
   */
  @GuardedBy("lock")
  private boolean adoptedByFetch(long ref, long word) {
    Fetch fetch = fetches.get(slots.key(ref));
    return fetch != null && fetch.adopt(SlotWord.epoch(word), copies(ref));
  }

  /**
   * Removes a page: its copies, its slot, and its place in its object.
   *
   * @param freed may be null if the slot has no copy in a slow backend
   */
  @GuardedBy("lock")
  void remove(long ref, @Nullable Freed freed) {
    empty(ref, freed);
    if (objects != null) {
      objects.remove(slots.key(ref));
    }
    slots.remove(ref);
    space.counters().pages.decrement();
  }

  /**
   * Removes pages of a clean cache, which have no copies in slow backends.
   *
   * @param keys as the directory of objects gave them
   * @param frees gets their copies
   */
  @GuardedBy("lock")
  void removeAll(ObjectDirectory objects, long[] keys, int count, RamFrees frees) {
    long[] refs = new long[count];
    slots.touchAll(keys, count);
    int from = 0;
    while (from < count) {
      int to = slots.clusterEnd(keys, from, count);
      if (!slots.findCluster(keys, from, to, refs)) {
        throw new IllegalStateException("the directory of objects has a page without a slot");
      }
      for (int i = from; i < to; i++) {
        empty(refs[i], null, frees);
      }
      slots.removeCluster(refs, from, to);
      from = to;
    }
    objects.removeAll(keys, count);
    space.counters().pages.add(-count);
  }

  // ---- Copies

  /** Whether any copy of the page lies in a backend that may wait. */
  @GuardedBy("lock")
  boolean hasSlowCopies(long ref) {
    long word = slots.word(ref);
    if (SlotWord.has(word, SlotWord.EXTRA)) {
      return true;
    }
    int ordinal = SlotWord.ordinal(word);
    return ordinal != SlotWord.NOWHERE && space.dispatcher().backends().get(ordinal).ram() == null;
  }

  /** The page's copies, the primary one first; none if its content lies in the slot. */
  @GuardedBy("lock")
  List<Copy> copies(long ref) {
    long word = slots.word(ref);
    List<Copy> copies = new ArrayList<>(2);
    if (SlotWord.ordinal(word) != SlotWord.NOWHERE) {
      copies.add(new Copy(SlotWord.ordinal(word), slots.handle(ref)));
    }
    if (SlotWord.has(word, SlotWord.EXTRA)) {
      copies.addAll(extras.of(slots.key(ref)));
    }
    return copies;
  }

  /**
   * Writes the page's copies: the first becomes the primary one. The old ones are forgotten, not
   * freed.
   *
   * @param copies 1 to 5
   * @return false: there is no memory for the table of extra copies; nothing has changed
   */
  @GuardedBy("lock")
  boolean setCopies(long ref, List<Copy> copies) {
    long offset = slots.key(ref);
    List<Copy> oldExtras = extras.of(offset);
    List<Copy> newExtras = copies.subList(1, copies.size());
    if (newExtras.size() > ExtraCopies.MAX || !extras.write(offset, newExtras)) {
      return false;
    }
    SpaceCounters counters = space.counters();
    oldExtras.forEach(copy -> counters.extra(copy.ordinal(), -1));
    newExtras.forEach(copy -> counters.extra(copy.ordinal(), 1));
    long word = slots.word(ref);
    Copy first = copies.get(0);
    counters.primary(SlotWord.ordinal(word), -1);
    counters.primary(first.ordinal(), 1);
    tally.count(word, slots.handle(ref), -1);
    word = SlotWord.withOrdinal(remarked(word, copies), first.ordinal());
    tally.count(word, first.handle(), 1);
    word = newExtras.isEmpty() ? word & ~SlotWord.EXTRA : word | SlotWord.EXTRA;
    slots.setWord(ref, word);
    slots.setHandle(ref, first.handle());
    return true;
  }

  /** The word with the age or the wave that these copies call for; who is exposed is counted. */
  @GuardedBy("lock")
  private long remarked(long word, List<Copy> copies) {
    Backends backends = space.dispatcher().backends();
    int ordinal = SlotWord.ordinal(word);
    boolean wasInRam = ordinal != SlotWord.NOWHERE && backends.get(ordinal).ram() != null;
    boolean isInRam = backends.get(copies.get(0).ordinal()).ram() != null;
    if (wasInRam && isInRam) {
      return word;
    }
    int before = wasInRam || ordinal == SlotWord.NOWHERE ? 0 : SlotWord.wave(word);
    boolean safe = isInRam || space.dispatcher().protector().isSafe(space, copies);
    int wave = safe ? 0 : before;
    Exposures exposures = space.dispatcher().exposures();
    if (safe) {
      exposures.end(space, before);
    } else if (before == 0) {
      wave = exposures.begin(space);
    }
    return SlotWord.withWave(word, wave);
  }

  /**
   * A backend is in another state than it was: looks again whether the page's copies are enough.
   */
  @GuardedBy("lock")
  void remark(long ref) {
    long word = slots.word(ref);
    int state = SlotWord.state(word);
    boolean hasContent = state == SlotWord.PRESENT || state == SlotWord.TAKEN;
    if (hasContent && SlotWord.ordinal(word) != SlotWord.NOWHERE) {
      slots.setWord(ref, remarked(word, copies(ref)));
    }
  }

  /** The wave in which the page became exposed; 0: its copies are enough. */
  @GuardedBy("lock")
  int wave(long ref) {
    long word = slots.word(ref);
    int ordinal = SlotWord.ordinal(word);
    return ordinal == SlotWord.NOWHERE || space.dispatcher().backends().get(ordinal).ram() != null
        ? 0
        : SlotWord.wave(word);
  }

  /** Every copy is gone: the page keeps its slot, so that a load says so. Nothing is freed. */
  @GuardedBy("lock")
  void markLost(long ref) {
    SpaceCounters counters = space.counters();
    long offset = slots.key(ref);
    long word = slots.word(ref);
    counters.primary(SlotWord.ordinal(word), -1);
    tally.count(word, slots.handle(ref), -1);
    space.dispatcher().exposures().end(space, wave(ref));
    extras.of(offset).forEach(copy -> counters.extra(copy.ordinal(), -1));
    extras.write(offset, List.of());
    counters.pagesLost.increment();
    word = SlotWord.withWave(SlotWord.withOrdinal(word, SlotWord.NOWHERE), 0) & ~SlotWord.EXTRA;
    slots.setWord(ref, SlotWord.withState(word, SlotWord.LOST));
    slots.setHandle(ref, 0);
  }

  /**
   * Puts a smaller form of the same content in the place of the copy in RAM, which is freed.
   *
   * @param codec of the new form
   * @param handle where it lies
   */
  @GuardedBy("lock")
  void replaceRamCopy(long ref, RegisteredBackend ram, Codec codec, long handle) {
    long word = slots.word(ref);
    long old = slots.handle(ref);
    tally.count(word, old, -1);
    word = SlotWord.withCodec(word, codec);
    slots.setWord(ref, word);
    slots.setHandle(ref, handle);
    tally.count(word, handle, 1);
    ram.freeInRam(old);
  }

  // ---- Reading what lies in RAM

  /**
   * Reads a page if its content lies in the slot or in a RAM backend, and counts the access.
   *
   * @return its length, or one of {@link PageSpace}'s constants
   * @throws dev.tmem.PageLostException if the page is lost
   */
  @GuardedBy("lock")
  int read(long offset, ByteBuffer into, int at, int room) {
    long ref = slots.find(offset);
    if (ref < 0) {
      return PageSpace.ABSENT;
    }
    long word = slots.word(ref);
    int state = SlotWord.state(word);
    if (state == SlotWord.LOST) {
      throw space.lost(offset, "none", "every copy is gone");
    }
    if (state != SlotWord.PRESENT) {
      return PageSpace.ABSENT;
    }
    int length = readContent(word, slots.handle(ref), into, at, room);
    if (length >= 0) {
      slots.setWord(ref, SlotWord.touched(word));
    }
    return length;
  }

  /** As {@link #read}, and removes the page; one with copies elsewhere has to be taken instead. */
  @GuardedBy("lock")
  int readAway(long offset, ByteBuffer into, int at, int room) {
    long ref = slots.find(offset);
    if (ref >= 0 && hasSlowCopies(ref)) {
      return PageSpace.ELSEWHERE;
    }
    int length = read(offset, into, at, room);
    if (length >= 0) {
      remove(ref, null);
    }
    return length;
  }

  @GuardedBy("lock")
  private int readContent(long word, long handle, ByteBuffer into, int at, int room) {
    int pageSize = space.config().pageSize();
    if (SlotWord.isInSlot(word)) {
      if (room < pageSize) {
        return PageSpace.TOO_SMALL;
      }
      PageCodec.fill(handle, into, at, pageSize);
      return pageSize;
    }
    RegisteredBackend backend = space.dispatcher().backends().get(SlotWord.ordinal(word));
    RamBackend ram = backend.ram();
    if (ram == null) {
      return PageSpace.ELSEWHERE;
    }
    ByteBuffer zpage;
    int zpageAt;
    int zpageLength;
    int length;
    try {
      length = RamForm.originalLength(ram, word, handle, pageSize);
      zpage = ram.buffer(handle);
      zpageAt = ram.position(handle);
      zpageLength = RamForm.zpageLength(ram, word, handle);
      Objects.checkFromIndexSize(zpageAt, zpageLength, zpage.limit());
    } catch (RuntimeException | AssertionError | LinkageError thrown) {
      readFault = backend.inRam().readFault(thrown);
      return PageSpace.ELSEWHERE;
    }
    backend.inRam().readWell();
    if (room < length) {
      return PageSpace.TOO_SMALL;
    }
    PageCodec codec = space.dispatcher().codec();
    int read =
        codec.decompress(SlotWord.codec(word), zpage, zpageAt, zpageLength, into, at, length);
    // A damaged page is the business of the load that may wait: it knows of other copies.
    return read == length ? length : PageSpace.ELSEWHERE;
  }

  /** A page of a cache, packed; null: it cannot be read. The reference is set. */
  @GuardedBy("lock")
  byte @Nullable [] readPacked(long ref) {
    long word = slots.word(ref);
    long handle = slots.handle(ref);
    int pageSize = space.config().pageSize();
    if (SlotWord.state(word) != SlotWord.PRESENT) {
      return null;
    }
    slots.setWord(ref, SlotWord.touched(word));
    if (SlotWord.isInSlot(word)) {
      return PageCodec.packedWord(handle, pageSize);
    }
    RegisteredBackend backend = space.dispatcher().backends().get(SlotWord.ordinal(word));
    RamBackend ram = backend.ram();
    if (ram == null) {
      return null;
    }
    try {
      return PageCodec.packed(
          SlotWord.codec(word),
          RamForm.originalLength(ram, word, handle, pageSize),
          ram.buffer(handle),
          ram.position(handle),
          RamForm.zpageLength(ram, word, handle));
    } catch (RuntimeException | AssertionError | LinkageError thrown) {
      backend.inRam().readFault(thrown);
      return null;
    }
  }

  /** What a RAM backend threw at the last read, if it did since this was asked before. */
  @GuardedBy("lock")
  @Nullable String takeReadFault() {
    String fault = readFault;
    readFault = null;
    return fault;
  }

  /** Gives the memory of the empty tables back. */
  void dropTables() {
    lock.lock();
    try {
      slots.clear();
      extras.clear();
      if (objects != null) {
        objects.clear();
      }
    } finally {
      lock.unlock();
    }
  }
}

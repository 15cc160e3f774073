package dev.tmem.zram;

import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import io.vertx.core.Future;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Local compressed RAM: keeps zpages outside the heap, in size classes.
 *
 * <p>Spans are charged to the memory account when they are taken from the pool; that is the only
 * limit. When no span is to be had, an object may go into a place somewhat larger than it needs.
 *
 * <p>Thread-safe: each size class has its own lock, and this class none. A place is taken under its
 * class's lock and belongs to its taker alone from then on, so bytes are copied under no lock.
 */
public final class ZramBackend implements RamBackend {
  /** The backend's name. */
  public static final String NAME = "zram";

  /** Its place in the chain: first. */
  public static final int TIER = 100;

  /** The system property that turns the debug mode on: {@code -Dtmem.zram.debug=true}. */
  public static final String DEBUG_PROPERTY = "tmem.zram.debug";

  /** A larger place than needed is taken only if at most this part of the length is lost in it. */
  private static final int MISFIT_PART = 4;

  private final RegionPool pool;
  private final MemoryAccount account;
  private final SpanDirectory directory = new SpanDirectory();
  private final SpanGauge gauge = new SpanGauge();
  private final SizeClass[] classes = new SizeClass[SizeClasses.count()];
  private final LongAdder usedBytes = new LongAdder();
  private final LongAdder moved = new LongAdder();

  /** Null unless this is the debug mode. */
  private final @Nullable Seals seals;

  /**
   * @param pool where spans come from; it stays open when this is closed
   * @param account the one that the pool charges
   */
  public ZramBackend(RegionPool pool, MemoryAccount account) {
    this(pool, account, Boolean.getBoolean(DEBUG_PROPERTY));
  }

  /**
   * @param debug whether every zpage is sealed, and its seal checked whenever it is read, moved or
   *     freed: damaged ones throw {@link IllegalStateException} then
   */
  ZramBackend(RegionPool pool, MemoryAccount account, boolean debug) {
    this.seals = debug ? new Seals(pool) : null;
    this.pool = pool;
    this.account = account;
    for (int i = 0; i < classes.length; i++) {
      classes[i] = new SizeClass(i, pool, directory, gauge);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int tier() {
    return TIER;
  }

  @Override
  public LossDomain lossDomain() {
    return LossDomain.NODE;
  }

  /** Nothing is kept by page space; succeeds at once. */
  @Override
  public Future<Void> init(SpaceInfo space) {
    return Future.succeededFuture();
  }

  /** Nothing is kept by page space; succeeds at once. */
  @Override
  public Future<Void> invalidateSpace(int space) {
    return Future.succeededFuture();
  }

  @Override
  public long put(ByteBuffer source, int position, int length) {
    checkLength(length);
    Objects.checkFromIndexSize(position, length, source.limit());
    long handle = take(length);
    if (handle == REFUSED) {
      return REFUSED;
    }
    boolean copied = false;
    try {
      buffer(handle).put(at(handle), source, position, length);
      seal(handle);
      copied = true;
    } finally {
      if (!copied) {
        free(handle); // the source is no longer to be read
      }
    }
    return handle;
  }

  @Override
  public long put(MemorySegment source, int length) {
    checkLength(length);
    Objects.checkFromIndexSize(0, length, source.byteSize());
    long handle = take(length);
    if (handle == REFUSED) {
      return REFUSED;
    }
    boolean copied = false;
    try {
      pool.write(source, length, HandleLayout.span(handle), HandleLayout.offset(handle));
      seal(handle);
      copied = true;
    } finally {
      if (!copied) {
        free(handle); // the source is no longer to be read
      }
    }
    return handle;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Only if the new one would come to lie among those of the same size anyway, and compaction
   * does not want the place.
   */
  @Override
  public long rewrite(long handle, MemorySegment source, int length) {
    checkLength(length);
    Objects.checkFromIndexSize(0, length, source.byteSize());
    SizeClass owner = owner(handle);
    if (seals != null || classes[home(length)] != owner) {
      return REFUSED;
    }
    long renamed = owner.resize(handle, length);
    if (renamed != REFUSED) {
      pool.write(source, length, HandleLayout.span(renamed), HandleLayout.offset(renamed));
    }
    return renamed;
  }

  /**
   * A place for so many bytes, or {@link #REFUSED}. They are copied there after everything else is
   * done: an atomic operation after it would wait until they have left the processor, which the
   * caller can spend on something better.
   */
  private long take(int length) {
    int home = home(length);
    SizeClass sizeClass = classes[home];
    long handle = sizeClass.take(length);
    for (int next = home + 1; handle == REFUSED && isNear(next, length); next++) {
      sizeClass = classes[next];
      handle = sizeClass.takeExisting(length);
    }
    if (handle != REFUSED) {
      usedBytes.add(sizeClass.objectBytes());
    }
    return handle;
  }

  private void seal(long handle) {
    if (seals != null) {
      seals.seal(handle, owner(handle).objectBytes());
    }
  }

  @Override
  public boolean hasRoom(int length) {
    checkLength(length);
    if (account.used() + classes[home(length)].spanBytes() <= account.dataLimit()) {
      return true;
    }
    int home = home(length);
    boolean room = classes[home].hasPlace();
    for (int next = home + 1; !room && isNear(next, length); next++) {
      room = classes[next].hasPlace();
    }
    return room;
  }

  /** The class whose places fit best. */
  private int home(int length) {
    return SizeClasses.of(seals == null ? length : Seals.room(length));
  }

  private static void checkLength(int length) {
    if (length < 1 || length > HandleLayout.MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a zpage of " + length + " bytes; 1 to " + HandleLayout.MAX_LENGTH + " are allowed");
    }
  }

  private boolean isNear(int sizeClass, int length) {
    return sizeClass < classes.length
        && classes[sizeClass].objectBytes() <= length + length / MISFIT_PART;
  }

  @Override
  public ByteBuffer buffer(long handle) {
    return pool.buffer(HandleLayout.span(handle));
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException in debug mode, if the zpage is damaged
   */
  @Override
  public int position(long handle) {
    if (seals != null) {
      seals.check(handle, owner(handle).objectBytes());
    }
    return at(handle);
  }

  private int at(long handle) {
    return pool.position(HandleLayout.span(handle)) + HandleLayout.offset(handle);
  }

  @Override
  public int length(long handle) {
    return HandleLayout.length(handle);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException in debug mode, if the zpage is damaged; nothing changes
   */
  @Override
  public void free(long handle) {
    SizeClass owner = owner(handle);
    if (seals != null) {
      owner.checkLive(handle);
      seals.check(handle, owner.objectBytes());
      seals.forget(handle, owner.objectBytes());
    }
    owner.give(handle);
    usedBytes.add(-owner.objectBytes());
  }

  /**
   * {@inheritDoc}
   *
   * <p>Those of one span are freed together: its record, and those of its neighbours on their
   * lists, are looked at once.
   */
  @Override
  public void freeAll(long[] handles, int count) {
    if (seals != null) {
      RamBackend.super.freeAll(handles, count);
      return;
    }
    Arrays.sort(handles, 0, count);
    int freed = 0;
    int from = 0;
    while (from < count) {
      int to = from + 1;
      while (to < count && HandleLayout.isSameSpan(handles[from], handles[to])) {
        to++;
      }
      SizeClass owner = findOwner(handles[from]);
      if (owner != null) {
        int given = owner.giveAll(handles, from, to);
        usedBytes.add(-(long) given * owner.objectBytes());
        freed += given;
      }
      from = to;
    }
    if (freed < count) {
      throw new IllegalArgumentException(
          "no object has " + (count - freed) + " of " + count + " handles");
    }
  }

  /** The class whose lock guards the handle's span, as far as can be told without that lock. */
  private SizeClass owner(long handle) {
    SizeClass owner = findOwner(handle);
    if (owner == null) {
      throw new IllegalArgumentException(
          "no object has the handle " + HandleLayout.describe(handle));
    }
    return owner;
  }

  private @Nullable SizeClass findOwner(long handle) {
    int span = HandleLayout.span(handle);
    SpanRecords records = HandleLayout.isWellFormed(handle) ? directory.find(span) : null;
    int owner = records == null ? SpanRecords.NO_OWNER : records.owner(SpanDirectory.index(span));
    return owner == SpanRecords.NO_OWNER ? null : classes[owner - 1];
  }

  @Override
  public boolean wantsMove(long handle) {
    int span = HandleLayout.span(handle);
    SpanRecords records = directory.find(span);
    return records != null && records.isVictim(SpanDirectory.index(span));
  }

  /**
   * {@inheritDoc}
   *
   * <p>An object that was put into a larger place for want of a fitting one goes where it fits, if
   * there is a place by now.
   *
   * @throws IllegalArgumentException if the handle is foreign or was freed; nothing changes
   */
  @Override
  public long relocate(long handle) {
    SizeClass from = owner(handle);
    from.checkLive(handle);
    if (!wantsMove(handle)) {
      return handle;
    }
    int length = length(handle);
    SizeClass to = classes[home(length)];
    long better = to.takeSettled(length);
    if (better == REFUSED && to != from) {
      to = from;
      better = to.takeSettled(length);
    }
    if (better == REFUSED) {
      return handle;
    }
    boolean done = false;
    try {
      buffer(better).put(at(better), buffer(handle), position(handle), length);
      if (seals != null) {
        seals.seal(better, to.objectBytes());
        seals.forget(handle, from.objectBytes());
      }
      from.give(handle);
      done = true;
    } finally {
      if (!done) {
        to.give(better); // the old one was freed meanwhile, against the contract
      }
    }
    usedBytes.add(to.objectBytes() - from.objectBytes());
    moved.increment();
    return better;
  }

  @Override
  public long planCompaction() {
    pool.giveBackKept();
    long bytes = 0;
    for (SizeClass sizeClass : classes) {
      bytes += sizeClass.planCompaction() * sizeClass.spanBytes();
    }
    return bytes;
  }

  /** The limit is what the account's other users, page tables above all, leave of it. */
  @Override
  public BackendUsage usage() {
    long held = gauge.bytes();
    long others = Math.max(0, account.used() - held);
    long limit = Math.max(0, account.dataLimit() - others);
    return new BackendUsage(usedBytes.sum(), limit, held);
  }

  /** Every size class that has spans, by size. */
  public List<SizeClassStats> classStats() {
    List<SizeClassStats> stats = new ArrayList<>();
    for (SizeClass sizeClass : classes) {
      SizeClassStats one = sizeClass.stats();
      if (one.spans() > 0) {
        stats.add(one);
      }
    }
    return stats;
  }

  /**
   * Those of zram's {@code mm_stat} that an allocator knows: {@code compr_data_size}, bytes of the
   * zpages; {@code mem_used_total}, bytes of the spans; {@code mem_used_max}, the most that was;
   * {@code mem_limit}, the account's; {@code pages_compacted}, zpages moved by compaction; {@code
   * record_bytes}, of heap, what is known of the spans.
   */
  @Override
  public Map<String, Long> counters() {
    long payload = 0;
    for (SizeClass sizeClass : classes) {
      payload += sizeClass.stats().payloadBytes();
    }
    return Map.of(
        "compr_data_size", payload,
        "mem_used_total", gauge.bytes(),
        "mem_used_max", gauge.maxBytes(),
        "mem_limit", account.limit(),
        "pages_compacted", moved.sum(),
        "record_bytes", directory.heapBytes());
  }

  /** Begins {@code mem_used_max} anew, at what is used now. */
  public void resetMemUsedMax() {
    gauge.resetMax();
  }

  /** Gives all spans back to the pool; puts are refused from now on, handles are foreign. */
  @Override
  public Future<Void> close() {
    for (SizeClass sizeClass : classes) {
      sizeClass.close();
    }
    usedBytes.reset();
    if (seals != null) {
      seals.clear();
    }
    return Future.succeededFuture();
  }

  /**
   * Looks at every zpage, in debug mode; finds nothing without it. Only at rest does what it finds
   * mean anything: a zpage that is just being put has no seal yet.
   *
   * @return what is damaged
   */
  public List<String> audit() {
    List<String> damages = new ArrayList<>();
    Seals all = seals;
    for (SizeClass sizeClass : classes) {
      if (all != null) {
        sizeClass.findDamage(all, damages);
      }
    }
    return damages;
  }

  void checkInvariants() {
    for (SizeClass sizeClass : classes) {
      sizeClass.checkInvariants();
    }
  }
}

package dev.tmem.cleancache.shared;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ObjectKey;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.backend.Scheduler;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.PageStore;
import dev.tmem.cleancache.shared.protocol.Slots;
import dev.tmem.dispatch.CacheConfig;
import dev.tmem.dispatch.CachePages;
import dev.tmem.dispatch.Dispatcher;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.SpaceConfig;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The pages of shared caches of which this node is the home: each cache is a page space of its own
 * in the node's pool, and all of them together have a quota. Pages come and go packed: compressed
 * where they are put, and decompressed where they are read.
 *
 * <p>A cache is here as long as a node holds it open that was heard of within {@link
 * #HOLDER_NANOS}; requests of others make it too, for as long. Its options are those of who has it
 * open; what is merely wanted, and not held yet, gives way to others.
 *
 * <p>Thread-safe: {@code kept} is a concurrent map, of which the entries are made and removed under
 * this object's monitor.
 */
final class PoolPages implements PageStore {

  /** A holder that was not heard of for so long holds nothing any more. */
  static final long HOLDER_NANOS = 30_000_000_000L;

  /** Between two puts at which the quota is looked at. */
  private static final int PUTS_BETWEEN_LOOKS = 64;

  /** Pages that are dropped at the least when the quota is passed. */
  private static final int BATCH_PAGES = 32;

  /** A cache as it is kept here. */
  private static final class Kept {
    final CacheName name;
    final Future<PageSpace> space;

    /** Who holds it open or wants to, and when that was heard last. */
    final Map<UUID, Long> holders = new HashMap<>();

    /** Those of them who have it open. */
    final Set<UUID> sure = new HashSet<>();

    long usedAt;

    Kept(CacheName name, Future<PageSpace> space, long now) {
      this.name = name;
      this.space = space;
      this.usedAt = now;
    }
  }

  private final Dispatcher dispatcher;
  private final Scheduler scheduler;
  private final int maxCaches;
  private final Map<UUID, Kept> kept = new ConcurrentHashMap<>();
  private final AtomicInteger putsSinceLook = new AtomicInteger();
  private volatile long limitBytes;

  /**
   * @param maxCaches areas and caches of the node at the most
   */
  PoolPages(Dispatcher dispatcher, Scheduler scheduler, int maxCaches) {
    this.dispatcher = dispatcher;
    this.scheduler = scheduler;
    this.maxCaches = maxCaches;
  }

  void setLimit(long bytes) {
    limitBytes = bytes;
  }

  long limitBytes() {
    return limitBytes;
  }

  // ---- Which caches there are

  @Override
  public Fitness prepare(CacheName cache) {
    Kept known = find(cache);
    boolean isFit = known != null && known.space.succeeded();
    return isFit ? Fitness.FIT : arrange(cache, null, true, scheduler.nanoTime());
  }

  @Override
  public Fitness open(CacheName cache, UUID holder, boolean isHeld, long now) {
    return arrange(cache, holder, isHeld, now);
  }

  /**
   * Makes a cache if it is not there, in place of one of other options that gives way.
   *
   * @param holder null: none
   * @param isHeld whether somebody has it open with these options
   */
  private Fitness arrange(CacheName cache, @Nullable UUID holder, boolean isHeld, long now) {
    Kept gone = null;
    Fitness fitness;
    synchronized (this) {
      Kept known = kept.get(cache.uuid());
      boolean isOther = known != null && !known.name.equals(cache);
      if (known != null && isOther && !givesWay(known, isHeld, now)) {
        return Fitness.OTHER_OPTIONS;
      }
      if (known != null && (isOther || known.space.failed())) {
        forget(known);
        gone = known;
      }
      fitness = make(cache);
      if (holder != null) {
        hold(cache, holder, isHeld, now);
      }
    }
    if (gone != null) {
      close(gone);
    }
    return fitness;
  }

  /**
   * Whether nobody holds a cache open: its last holder has gone without a word, or it was never
   * held, or is merely wanted while one of other options is held.
   */
  @GuardedBy("this")
  private boolean givesWay(Kept cache, boolean isOtherHeld, long now) {
    return isUnheld(cache, now) || (isOtherHeld && cache.sure.isEmpty());
  }

  @GuardedBy("this")
  private void hold(CacheName cache, UUID holder, boolean isHeld, long now) {
    Kept known = kept.get(cache.uuid());
    if (known != null) {
      known.holders.put(holder, now);
      known.usedAt = now;
      if (isHeld) {
        known.sure.add(holder);
      }
    }
  }

  @GuardedBy("this")
  private Fitness make(CacheName cache) {
    if (!kept.containsKey(cache.uuid())) {
      if (!dispatcher.names().tryTake(maxCaches)) {
        return Fitness.NO_ROOM;
      }
      String name = "shared:" + cache.uuid();
      SpaceConfig config = new SpaceConfig(name, cache.pageSize(), false, Protection.NONE);
      CacheConfig options = new CacheConfig(false, cache.timeToLiveSeconds());
      Future<PageSpace> space;
      try {
        space = dispatcher.open(config, options);
      } catch (RuntimeException | Error e) {
        space = Future.failedFuture(e); // such as no memory for its tables
      }
      kept.put(cache.uuid(), new Kept(cache, space, scheduler.nanoTime()));
    }
    Kept made = kept.get(cache.uuid());
    return made != null && made.space.succeeded() ? Fitness.FIT : Fitness.NOT_YET;
  }

  private synchronized boolean forget(Kept cache) {
    boolean was = kept.remove(cache.name.uuid(), cache);
    if (was) {
      dispatcher.names().giveBack();
    }
    return was;
  }

  private synchronized boolean isUnheld(Kept cache, long now) {
    cache.holders.values().removeIf(heard -> now - heard >= HOLDER_NANOS);
    cache.sure.retainAll(cache.holders.keySet());
    return cache.holders.isEmpty();
  }

  @Override
  public Future<Void> close(CacheName cache, UUID holder) {
    Kept known = find(cache);
    if (known == null) {
      return Future.succeededFuture();
    }
    synchronized (this) {
      known.holders.remove(holder);
      known.sure.remove(holder);
      if (!known.holders.isEmpty()) {
        return Future.succeededFuture();
      }
    }
    return end(known);
  }

  private Future<Void> end(Kept cache) {
    return forget(cache) ? close(cache) : Future.succeededFuture();
  }

  /** Of what was forgotten. */
  private Future<Void> close(Kept cache) {
    return cache.space.compose(dispatcher::close).<Void>mapEmpty().otherwiseEmpty();
  }

  /** Ends what nobody holds; to be called now and then. */
  void sweep(long now) {
    for (Kept cache : List.copyOf(kept.values())) {
      if (isUnheld(cache, now) && now - cache.usedAt >= HOLDER_NANOS) {
        end(cache);
      }
    }
  }

  Future<Void> endAll() {
    List<Future<Void>> ends = new ArrayList<>();
    kept.values().forEach(cache -> ends.add(end(cache)));
    return Future.join(ends).mapEmpty();
  }

  // ---- Numbers

  /** What is kept here of each cache. */
  record Share(CacheName cache, PageSpace space, int holders) {}

  synchronized List<Share> shares() {
    List<Share> shares = new ArrayList<>();
    for (Kept cache : kept.values()) {
      PageSpace space = cache.space.succeeded() ? cache.space.result() : null;
      if (space != null) {
        shares.add(new Share(cache.name, space, cache.holders.size()));
      }
    }
    return shares;
  }

  long usedBytes() {
    long used = 0;
    for (Share share : shares()) {
      used += share.space().ram().zpageBytes();
    }
    return used;
  }

  // ---- Pages

  /** Null: there is none with these options. */
  private @Nullable Kept find(CacheName cache) {
    Kept known = kept.get(cache.uuid());
    return known != null && known.name.equals(cache) ? known : null;
  }

  private @Nullable CachePages pages(CacheName cache) {
    Kept known = find(cache);
    PageSpace space = known != null && known.space.succeeded() ? known.space.result() : null;
    return space == null ? null : space.cache();
  }

  @Override
  public @Nullable Buffer get(CacheName cache, ObjectKey object, int index) {
    CachePages pages = pages(cache);
    try {
      byte[] packed = pages == null ? null : pages.getPacked(object.high(), object.low(), index);
      return packed == null ? null : BufferInternal.buffer(Unpooled.wrappedBuffer(packed));
    } catch (TmemException closed) {
      return null;
    }
  }

  @Override
  public void put(CacheName cache, ObjectKey object, int index, Buffer page) {
    CachePages pages = pages(cache);
    if (pages == null) {
      return;
    }
    try {
      ByteBuffer packed = ((BufferInternal) page).getByteBuf().nioBuffer();
      pages.putPacked(object.high(), object.low(), index, packed);
    } catch (TmemException closed) {
      return; // with all its pages
    }
    if (putsSinceLook.incrementAndGet() % PUTS_BETWEEN_LOOKS == 0) {
      keepQuota();
    }
  }

  /** Drops the coldest pages of the largest cache. */
  private void keepQuota() {
    long used = 0;
    long most = -1;
    PageSpace largest = null;
    for (Share share : shares()) {
      long bytes = share.space().ram().zpageBytes();
      used += bytes;
      if (bytes > most) {
        most = bytes;
        largest = share.space();
      }
    }
    if (largest != null && used > limitBytes) {
      long pages = Math.max(1, largest.counters().pages());
      long perPage = Math.max(1, most / pages);
      long over = (used - limitBytes) / perPage + BATCH_PAGES;
      largest.cache().dropCold((int) Math.min(over, Math.min(pages, Integer.MAX_VALUE)));
    }
  }

  @Override
  public void invalidatePage(CacheName cache, ObjectKey object, int index) {
    CachePages pages = pages(cache);
    if (pages != null) {
      try {
        pages.invalidatePage(object.high(), object.low(), index);
      } catch (TmemException closed) {
        return; // with all its pages
      }
    }
  }

  @Override
  public Future<Void> invalidateObject(CacheName cache, ObjectKey object) {
    CachePages pages = pages(cache);
    try {
      return pages == null
          ? Future.succeededFuture()
          : pages.invalidateObject(object.high(), object.low()).mapEmpty();
    } catch (TmemException closed) {
      return Future.succeededFuture();
    }
  }

  @Override
  public Future<Void> invalidateAll(CacheName cache) {
    Kept known = find(cache);
    return known == null
        ? Future.succeededFuture()
        : known.space.compose(PageSpace::invalidateAll).<Void>mapEmpty().otherwiseEmpty();
  }

  @Override
  public Future<Void> drop(IntPredicate slots) {
    List<Future<Void>> drops = new ArrayList<>();
    for (Kept cache : kept.values()) {
      drops.add(
          cache
              .space
              .compose(space ->
                  space.cache().drop((high, low) -> slots.test(Slots.of(new ObjectKey(high, low)))))
              .otherwiseEmpty());
    }
    return Future.join(drops).mapEmpty();
  }
}

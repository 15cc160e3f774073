package dev.tmem.zram;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.TmemException;
import dev.tmem.backend.Backend;
import dev.tmem.memory.RegionPool;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects of one size and the spans that hold them.
 *
 * <p>Invariants: a span that is ours has our number as its owner, is on one of our lists, and has
 * as many free places as it has not live ones; a span without a live object goes back to the pool
 * before the call that emptied it returns.
 *
 * <p>Thread-safe: its own monitor, held for a few dozen instructions, at times over the acquisition
 * of a span; a span is released outside of it. Bytes of objects are never touched here.
 */
final class SizeClass {
  private static final Logger log = LoggerFactory.getLogger(SizeClass.class);

  private final int owner;
  private final SpanLayout layout;
  private final RegionPool pool;
  private final SpanDirectory directory;
  private final SpanGauge gauge;

  @GuardedBy("this")
  private final FreePlaces freePlaces;

  @GuardedBy("this")
  private final SpanLists lists;

  @GuardedBy("this")
  private long spans;

  @GuardedBy("this")
  private long victims;

  @GuardedBy("this")
  private long objects;

  @GuardedBy("this")
  private long payloadBytes;

  @GuardedBy("this")
  private boolean closed;

  SizeClass(int number, RegionPool pool, SpanDirectory directory, SpanGauge gauge) {
    this.owner = number + 1;
    this.layout = SpanLayout.of(SizeClasses.objectBytes(number));
    this.pool = pool;
    this.directory = directory;
    this.gauge = gauge;
    this.freePlaces = new FreePlaces(pool, layout);
    this.lists = new SpanLists(directory, layout.places());
  }

  int objectBytes() {
    return layout.objectBytes();
  }

  int spanBytes() {
    return layout.spanBytes();
  }

  /** Takes a place, in a new span if need be; a handle, or {@link Backend#REFUSED}. */
  synchronized long take(int length) {
    int span = lists.fullest();
    if (span < 0) {
      span = grow();
    }
    return span < 0 ? takeFromVictim(length) : take(span, length);
  }

  /** As {@link #take}, but in the spans there are. */
  synchronized long takeExisting(int length) {
    int span = lists.fullest();
    return span < 0 ? takeFromVictim(length) : take(span, length);
  }

  /** As {@link #take}, but in the spans there are that nobody wants to empty. */
  synchronized long takeSettled(int length) {
    int span = lists.fullest();
    return span < 0 ? Backend.REFUSED : take(span, length);
  }

  /** Whether {@link #takeExisting} would find a place. */
  synchronized boolean hasPlace() {
    return spans * layout.places() > objects;
  }

  @GuardedBy("this")
  private long take(int span, int length) {
    SpanRecords records = directory.get(span);
    int index = SpanDirectory.index(span);
    int place = freePlaces.take(records, index, span);
    records.setLive(index, records.live(index) + 1);
    lists.update(records, span);
    objects++;
    payloadBytes += length;
    return HandleLayout.pack(span, layout.offset(place), length);
  }

  /** The last resort: a span that was to be emptied and has room is kept after all. */
  @GuardedBy("this")
  private long takeFromVictim(int length) {
    int span = lists.victim();
    if (span < 0) {
      return Backend.REFUSED;
    }
    lists.pardon(directory.get(span), span);
    victims--;
    return take(span, length);
  }

  /** A new span, or -1 if the pool has none. */
  @GuardedBy("this")
  private int grow() {
    if (closed) {
      return -1;
    }
    int span = layout.isRun() ? pool.acquireRun() : pool.acquireSpan(false);
    if (span > HandleLayout.MAX_SPAN) {
      giveBack(span, false);
      return -1;
    }
    if (span >= 0) {
      adopt(span);
      gauge.acquired(poolSpans());
    }
    return span;
  }

  @GuardedBy("this")
  private void adopt(int span) {
    SpanRecords records = directory.open(span);
    int index = SpanDirectory.index(span);
    records.setOwner(index, owner);
    records.setLive(index, 0);
    freePlaces.reset(records, index, span);
    lists.add(records, span);
    spans++;
  }

  @GuardedBy("this")
  private void disown(SpanRecords records, int span) {
    int index = SpanDirectory.index(span);
    victims -= records.isVictim(index) ? 1 : 0;
    lists.remove(records, span);
    records.setOwner(index, SpanRecords.NO_OWNER);
    spans--;
  }

  /**
   * Another object takes the place of one.
   *
   * @return its handle; {@link Backend#REFUSED}: the span is to be emptied, nothing has changed
   * @throws IllegalArgumentException if the handle names no live object of this class
   */
  synchronized long resize(long handle, int length) {
    int place = checkLive(handle);
    int span = HandleLayout.span(handle);
    if (directory.get(span).isVictim(SpanDirectory.index(span))) {
      return Backend.REFUSED;
    }
    payloadBytes += length - HandleLayout.length(handle);
    return HandleLayout.pack(span, layout.offset(place), length);
  }

  /**
   * Frees the object's place, and its span if that is empty then.
   *
   * @throws IllegalArgumentException if the handle names no live object of this class
   */
  void give(long handle) {
    int span = HandleLayout.span(handle);
    boolean victim;
    synchronized (this) {
      int place = checkLive(handle);
      SpanRecords records = directory.get(span);
      int index = SpanDirectory.index(span);
      freePlaces.give(records, index, span, place);
      records.setLive(index, records.live(index) - 1);
      objects--;
      payloadBytes -= HandleLayout.length(handle);
      if (records.live(index) > 0) {
        lists.update(records, span);
        return;
      }
      victim = records.isVictim(index);
      disown(records, span);
    }
    release(span, victim);
  }

  /**
   * {@link #give} of objects that lie in one span.
   *
   * @param handles from {@code from} to {@code to}
   * @return how many were live; the others name nothing of this class
   */
  int giveAll(long[] handles, int from, int to) {
    int span = HandleLayout.span(handles[from]);
    int given = 0;
    boolean victim;
    synchronized (this) {
      SpanRecords records = directory.get(span);
      int index = SpanDirectory.index(span);
      for (int i = from; i < to; i++) {
        int place = livePlace(handles[i]);
        if (place >= 0) {
          freePlaces.give(records, index, span, place);
          payloadBytes -= HandleLayout.length(handles[i]);
          given++;
        }
      }
      if (given == 0) {
        return 0;
      }
      objects -= given;
      records.setLive(index, records.live(index) - given);
      if (records.live(index) > 0) {
        lists.update(records, span);
        return given;
      }
      victim = records.isVictim(index);
      disown(records, span);
    }
    release(span, victim);
    return given;
  }

  /**
   * Gives an empty span, which is nobody's any more, to the pool.
   *
   * @param victim whether it was to be emptied for the sake of its memory
   */
  private void release(int span, boolean victim) {
    try {
      giveBack(span, victim);
      gauge.released(poolSpans());
    } catch (TmemException refused) {
      // The system did not take the memory, so the pool still holds the span for us: keep using it.
      log.warn("span {} cannot be given back; it is kept for other pages", span, refused);
      synchronized (this) {
        adopt(span);
      }
    }
  }

  private void giveBack(int span, boolean victim) {
    if (layout.isRun() && victim) {
      pool.discardRun(span);
    } else if (layout.isRun()) {
      pool.releaseRun(span);
    } else if (victim) {
      pool.discardSpan(span);
    } else {
      pool.releaseSpan(span, false);
    }
  }

  /** Of the pool's spans, those that make up one of ours. */
  private int poolSpans() {
    return layout.spanBytes() / RegionPool.SPAN_BYTES;
  }

  /**
   * Checks that the handle names a live object of this class.
   *
   * @return its place
   * @throws IllegalArgumentException if not
   */
  synchronized int checkLive(long handle) {
    int place = livePlace(handle);
    if (place < 0) {
      throw new IllegalArgumentException(
          "no object has the handle " + HandleLayout.describe(handle));
    }
    return place;
  }

  /** The place of a live object of this class; -1: the handle names none. */
  @GuardedBy("this")
  private int livePlace(long handle) {
    int span = HandleLayout.span(handle);
    int index = SpanDirectory.index(span);
    SpanRecords records = directory.find(span);
    int place = layout.place(HandleLayout.offset(handle));
    boolean live =
        records != null
            && records.owner(index) == owner
            && place >= 0
            && HandleLayout.length(handle) <= layout.objectBytes()
            && !freePlaces.isFree(records, index, span, place);
    return live ? place : -1;
  }

  /**
   * Chooses anew the spans to be emptied: the sparsest whose objects fit into the rest.
   *
   * @return how many spans would become free
   */
  synchronized long planCompaction() {
    victims = lists.chooseVictims();
    return victims;
  }

  synchronized SizeClassStats stats() {
    return new SizeClassStats(
        layout.objectBytes(), layout.places(), spans, victims, objects, payloadBytes);
  }

  /** Gives all spans back, with whatever is in them, and takes no more. */
  synchronized void close() {
    closed = true;
    for (int span = lists.any(); span >= 0; span = lists.any()) {
      disown(directory.get(span), span);
      try {
        giveBack(span, false);
        gauge.released(poolSpans());
      } catch (TmemException refused) {
        log.warn("span {} cannot be given back", span, refused);
      }
    }
    objects = 0;
    payloadBytes = 0;
  }

  /** Adds what is wrong with any of the objects. */
  synchronized void findDamage(Seals seals, List<String> damages) {
    for (int span = lists.any(); span >= 0; span = lists.after(span)) {
      SpanRecords records = directory.get(span);
      for (int place = 0; place < layout.places(); place++) {
        if (!freePlaces.isFree(records, SpanDirectory.index(span), span, place)) {
          String damage = seals.damage(span, layout.offset(place), layout.objectBytes());
          if (damage != null) {
            damages.add(damage);
          }
        }
      }
    }
  }

  synchronized void checkInvariants() {
    long live = 0;
    long seen = 0;
    long chosen = 0;
    for (int span = lists.any(); span >= 0; span = lists.after(span)) {
      SpanRecords records = directory.get(span);
      int index = SpanDirectory.index(span);
      int free = freePlaces.count(records, index, span);
      if (records.owner(index) != owner || records.live(index) + free != layout.places()) {
        throw new AssertionError(
            "span %d of owner %d, not %d: %d live and %d free of %d"
                .formatted(
                    span, records.owner(index), owner, records.live(index), free, layout.places()));
      }
      lists.checkPlace(records, span);
      live += records.live(index);
      chosen += records.isVictim(index) ? 1 : 0;
      seen++;
    }
    if (live != objects || seen != spans || chosen != victims || payloadBytes > usedBytes()) {
      throw new AssertionError(
          "%d of %d objects, %d of %d spans, %d of %d victims, %d bytes in objects of %d"
              .formatted(live, objects, seen, spans, chosen, victims, payloadBytes, objectBytes()));
    }
  }

  @GuardedBy("this")
  private long usedBytes() {
    return objects * layout.objectBytes();
  }
}

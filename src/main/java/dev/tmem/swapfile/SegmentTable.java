package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Backend;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which records live, and which segments are free. Thread-safe: its own lock, under which nothing
 * else is called.
 *
 * <p><b>Liveness is owned here.</b> A record lives from the moment its write has succeeded until
 * {@link #free} names it, whatever the dispatcher knows of it meanwhile. The cleaner's work on a
 * record is three steps: the copy is written and {@link #commit}ted as alive too; the host is asked
 * to {@code rehandle}; then exactly one of the two dies.
 *
 * <ul>
 *   <li>The host said yes: its slot named the old handle and names the new one from now on. Whoever
 *       takes a handle out of that slot later gets the new one, and nobody took the old one out
 *       before (else the slot would not have named it), so no free of the old handle is under way
 *       or will come: {@link #moved} ends the old record.
 *   <li>The host said no: nobody has ever been told the new handle, so {@link #dropCopy} ends the
 *       copy. The old record is not touched. Either its free has come or is coming, or its put has
 *       only just been acknowledged and the slot does not name it yet; it lives until its free.
 * </ul>
 *
 * So each record dies once, by the one who owns that right, and the bytes are exact in every order
 * of a free and a move. Invariants ({@link #checkInvariants}):
 *
 * <ol>
 *   <li>The living bytes of all segments are {@code liveBytes + movingBytes + markBytes}; the
 *       living records are {@code livePages + movingPages + marks}: a page under way is counted as
 *       kept once.
 *   <li>{@code liveBytes + queuedBytes} is at most the limit.
 *   <li>A free segment holds nothing alive and is in the ring of free ones, once; a sealed one
 *       holds something alive, or is being cleaned.
 * </ol>
 */
final class SegmentTable {

  /** How long a segment that could not be emptied is left alone, at first and at most. */
  private static final long FIRST_RETRY_NANOS = 20_000_000L;

  private static final int MAX_RETRY_DOUBLINGS = 8;

  /**
   * Bytes that are kept for each durable page: for its tombstone, its entries in lists, and what is
   * left empty where a segment is sealed early.
   */
  static final int DURABLE_BYTES = 256;

  /** Tombstones that take more than this part of the limit make the cleaner go for old segments. */
  private static final int TOMBSTONE_PARTS = 32;

  private final int segmentBytes;
  private final long queueLimit;
  private final long endGeneration;

  /** Replaced under the lock by a longer array with the same segments; read without it too. */
  private volatile Segment[] segments;

  @GuardedBy("this")
  private final FreeRing free;

  @GuardedBy("this")
  private long liveLimit;

  @GuardedBy("this")
  private long nextGeneration;

  /** Nothing is written from now on that has a lower one. */
  @GuardedBy("this")
  private long openGeneration;

  @GuardedBy("this")
  private long liveBytes;

  @GuardedBy("this")
  private long livePages;

  @GuardedBy("this")
  private long queuedBytes;

  @GuardedBy("this")
  private long movingBytes;

  @GuardedBy("this")
  private long movingPages;

  /** Bytes kept for durable pages, {@link #DURABLE_BYTES} each. */
  @GuardedBy("this")
  private long keptBytes;

  /** Living records that are no pages: tombstones, lists, what says that a page is lost. */
  @GuardedBy("this")
  private long markBytes;

  @GuardedBy("this")
  private long marks;

  /** Living tombstones among them. */
  @GuardedBy("this")
  private long tombstones;

  /** Segments that have become empty, while the lists of others are being ended. */
  @GuardedBy("this")
  private final ArrayDeque<Segment> emptied = new ArrayDeque<>();

  @GuardedBy("this")
  private long victims;

  @GuardedBy("this")
  private long badFrees;

  SegmentTable(Geometry geometry, long firstGeneration, long endGeneration, long queueLimit) {
    segmentBytes = geometry.segmentBytes();
    this.liveLimit = geometry.liveLimit();
    this.queueLimit = queueLimit;
    this.nextGeneration = firstGeneration;
    this.openGeneration = firstGeneration;
    this.endGeneration = endGeneration;
    segments = new Segment[geometry.segments()];
    free = new FreeRing(segments.length);
    for (int i = 0; i < segments.length; i++) {
      segments[i] = new Segment(i, geometry.segmentBytes());
      free.add(i);
    }
  }

  /** The file has become longer: there are more free segments, and more may live. */
  synchronized void grow(Geometry larger) {
    int before = segments.length;
    free.grow(larger.segments());
    segments = Arrays.copyOf(segments, larger.segments());
    for (int i = before; i < segments.length; i++) {
      segments[i] = new Segment(i, larger.segmentBytes());
      free.add(i);
    }
    liveLimit = larger.liveLimit();
  }

  // Room, promised before a page is queued.

  /**
   * Promises room for as many of the pages as have it; the others are marked {@link
   * Backend#REFUSED}, as are those that no record can hold.
   *
   * @return how many were promised room
   */
  synchronized int reserve(List<Zpage> pages, long[] handles, DurableAreas durable) {
    int accepted = 0;
    for (int i = 0; i < handles.length; i++) {
      int length = pages.get(i).length();
      long bytes = charge(length, durable.wasHeld(pages.get(i).key().space()));
      boolean fit = length >= 1 && length <= RecordLayout.MAX_PAYLOAD;
      if (fit && queuedBytes + bytes <= queueLimit && usedBytes() + bytes <= liveLimit) {
        queuedBytes += bytes;
        accepted++;
      } else {
        handles[i] = Backend.REFUSED;
      }
    }
    return accepted;
  }

  /** Takes a promise back: the page was not written. */
  synchronized void unreserve(int payloadLength, boolean durable) {
    queuedBytes -= charge(payloadLength, durable);
    assert queuedBytes >= 0;
  }

  private static long charge(int payloadLength, boolean durable) {
    return (long) RecordLayout.recordBytes(payloadLength) + (durable ? DURABLE_BYTES : 0);
  }

  // The writer's side.

  /**
   * Begins a free segment.
   *
   * @param cleaning the reserve may be used
   * @return its index, or -1
   */
  synchronized int begin(boolean cleaning) {
    int least = cleaning ? 1 : Geometry.RESERVE_SEGMENTS + 1;
    if (free.count() < least || nextGeneration >= endGeneration) {
      return -1;
    }
    Segment segment = segments[free.take()];
    segment.begin(nextGeneration++);
    openGeneration = segment.generation;
    return segment.index;
  }

  /** A segment will be, or was once, written to; whether nobody knew until now. */
  synchronized boolean noteWritten(int index) {
    segments[index].diskGeneration = segments[index].generation;
    boolean first = segments[index].blank;
    segments[index].blank = false;
    return first;
  }

  synchronized long generation(int index) {
    return segments[index].generation;
  }

  synchronized int life(int index) {
    return segments[index].life;
  }

  synchronized void seal(int index) {
    Segment segment = segments[index];
    assert segment.state == Segment.State.OPEN;
    segment.state = Segment.State.SEALED;
    freeIfEmpty(segment);
  }

  /** The records are written: from now on they live. */
  synchronized void commit(long[] handles, byte[] kinds, int count, boolean copies) {
    for (int i = 0; i < count; i++) {
      long handle = handles[i];
      int bytes = RecordLayout.recordBytes(HandleLayout.length(handle));
      Segment segment = segments[HandleLayout.segment(handle)];
      segment.setLive(HandleLayout.cell(handle), bytes);
      if (!RecordCodec.isPage(kinds[i])) {
        addMark(kinds[i], bytes);
      } else if (copies) {
        movingBytes += bytes;
        movingPages++;
      } else {
        boolean durable = kinds[i] == RecordLayout.KIND_DURABLE;
        queuedBytes -= charge(HandleLayout.length(handle), durable);
        keptBytes += durable ? DURABLE_BYTES : 0;
        liveBytes += bytes;
        livePages++;
      }
    }
  }

  @GuardedBy("this")
  private void addMark(byte kind, int bytes) {
    markBytes += bytes;
    marks++;
    tombstones += kind == RecordLayout.KIND_TOMBSTONE ? 1 : 0;
  }

  /** A record that is no page need not live any more, or its copy has taken its place. */
  synchronized void endMark(long handle, byte kind) {
    Segment segment = segments[HandleLayout.segment(handle)];
    endMark(segment, handle);
    tombstones -= kind == RecordLayout.KIND_TOMBSTONE ? 1 : 0;
  }

  @GuardedBy("this")
  private void endMark(Segment segment, long handle) {
    int bytes = RecordLayout.recordBytes(HandleLayout.length(handle));
    markBytes -= bytes;
    marks--;
    end(segment, handle, bytes);
  }

  // Lists of sealed segments.

  /** Whether that use of a segment holds anything that lives. */
  synchronized boolean holdsSomething(int index, long generation) {
    Segment segment = segments[index];
    return segment.generation == generation && segment.state != Segment.State.FREE;
  }

  /** Whether a segment is free, and what its last use left is still there. */
  synchronized boolean isFreeOf(int index, long generation) {
    Segment segment = segments[index];
    return segment.generation == generation && segment.state == Segment.State.FREE;
  }

  /** The list of a segment is written; if that has become empty meanwhile, nobody needs it. */
  synchronized void listed(int index, long generation, long[] handles) {
    Segment segment = segments[index];
    if (holdsSomething(index, generation) && segment.lists.length == 0) {
      segment.lists = handles;
    } else {
      for (long handle : handles) {
        endMark(segments[HandleLayout.segment(handle)], handle);
      }
    }
  }

  /**
   * Whether a list is still that of the segment it tells of.
   *
   * @param copy takes its place if so; or -1
   */
  synchronized boolean isList(int index, long handle, long copy) {
    if (index >= segments.length) {
      return false;
    }
    long[] lists = segments[index].lists;
    for (int i = 0; i < lists.length; i++) {
      if (lists[i] == handle) {
        lists[i] = copy >= 0 ? copy : handle;
        return true;
      }
    }
    return false;
  }

  // What the disk says of free segments.

  /** The oldest use of a segment that the disk knows of; it only grows. */
  synchronized long oldestOnDisk() {
    long oldest = Long.MAX_VALUE;
    for (Segment segment : segments) {
      if (segment.diskGeneration > 0) {
        oldest = Math.min(oldest, segment.diskGeneration);
      }
    }
    return oldest;
  }

  /**
   * @param into gets free segments that the disk does not know for free
   * @return how many
   */
  synchronized int freeToMark(int[] into) {
    int found = 0;
    for (int i = 0; i < free.count() && found < into.length; i++) {
      Segment segment = segments[free.get(i)];
      if (segment.diskGeneration > 0 && !segment.marked) {
        into[found++] = segment.index;
      }
    }
    return found;
  }

  synchronized void marked(int index) {
    segments[index].marked = true;
  }

  /** What was marked is on stable storage. */
  synchronized void markedSafely() {
    for (Segment segment : segments) {
      if (segment.marked && segment.state == Segment.State.FREE) {
        segment.diskGeneration = 0;
      }
    }
  }

  /** That of the segment which the log goes on with; of the next one, if none is open. */
  synchronized long openGeneration() {
    return openGeneration;
  }

  // Recovery, before anything else.

  /** A use of a segment is found on disk. */
  synchronized void recover(int index, long generation) {
    segments[index].recover(generation);
  }

  /** A record is found to live. */
  synchronized void recoverRecord(long handle, byte kind) {
    int bytes = RecordLayout.recordBytes(HandleLayout.length(handle));
    segments[HandleLayout.segment(handle)].setLive(HandleLayout.cell(handle), bytes);
    if (kind == RecordLayout.KIND_DURABLE) {
      liveBytes += bytes;
      livePages++;
      keptBytes += DURABLE_BYTES;
    } else {
      addMark(kind, bytes);
    }
  }

  /** All is found: what holds nothing that lives is free; the log goes on with the tail, if any. */
  synchronized void recovered(int tail) {
    free.clear();
    for (Segment segment : segments) {
      if (segment.liveBytes == 0) {
        segment.state = Segment.State.FREE;
      } else if (segment.index == tail) {
        segment.state = Segment.State.OPEN;
        openGeneration = segment.generation;
      }
      if (segment.state == Segment.State.FREE) {
        free.add(segment.index);
      }
    }
  }

  // The dispatcher's side.

  /** Pages are given up, but for those that are kept through the end of the process. */
  synchronized void free(List<PageRef> refs, DurableAreas durable) {
    for (PageRef ref : refs) {
      int space = ref.key().space();
      if (!durable.isRetired() || !durable.holds(space)) {
        free(ref.handle(), durable.wasHeld(space));
      }
    }
  }

  /** A page is given up. A handle that names nothing alive is counted and otherwise ignored. */
  synchronized void free(long handle, boolean durable) {
    Segment segment = segmentOf(handle);
    if (segment == null || !segment.lives(handle)) {
      badFrees++;
      return;
    }
    int bytes = RecordLayout.recordBytes(HandleLayout.length(handle));
    liveBytes -= bytes;
    livePages--;
    keptBytes -= durable ? DURABLE_BYTES : 0;
    end(segment, handle, bytes);
  }

  /** The generation in which what a handle names may still be there; -1: it is gone. */
  synchronized long readable(long handle) {
    Segment segment = segmentOf(handle);
    return segment == null ? -1 : segment.readable(handle);
  }

  /** As {@link #readable}, without the lock; by {@link Segment#mayRead} alone it is not gone. */
  long mayRead(long handle) {
    Segment segment = segmentOf(handle);
    return segment == null ? -1 : segment.mayRead(handle);
  }

  private @Nullable Segment segmentOf(long handle) {
    Segment[] all = segments;
    int index = HandleLayout.segment(handle);
    return handle >= 0 && index < all.length ? all[index] : null;
  }

  // The cleaner's side.

  /**
   * Chooses a sealed segment, and hands it to the cleaner.
   *
   * @param mostBytes one with more living bytes is not worth it
   * @return its index, or -1
   */
  synchronized int pickVictim(int mostBytes, long nowNanos) {
    boolean oldest = hasManyTombstones() && (victims++ & 1) == 0;
    Segment victim =
        oldest
            ? VictimChoice.oldest(segments, mostBytes, nowNanos)
            : VictimChoice.best(segments, segmentBytes, nextGeneration, mostBytes, nowNanos);
    if (victim == null) {
      return -1;
    }
    victim.state = Segment.State.CLEANING;
    return victim.index;
  }

  /** Whether tombstones take more than their share: old segments keep them alive. */
  synchronized boolean hasManyTombstones() {
    return tombstones * RecordLayout.ALIGNMENT > liveLimit / TOMBSTONE_PARTS;
  }

  /** The cleaner has not begun with it after all. */
  synchronized void leaveVictim(int index) {
    segments[index].state = Segment.State.SEALED;
    freeIfEmpty(segments[index]);
  }

  synchronized int liveBytes(int index) {
    return segments[index].liveBytes;
  }

  /** The cells in which living records of a segment begin, as they are now. */
  synchronized void copyLive(int index, long[] into) {
    segments[index].copyLive(into);
  }

  synchronized boolean lives(long handle) {
    return segments[HandleLayout.segment(handle)].lives(handle);
  }

  /** The host has put the copy in the old record's place. */
  synchronized void moved(long oldHandle) {
    Segment segment = segments[HandleLayout.segment(oldHandle)];
    segment.cleaned = true;
    endCopy(segment, oldHandle);
  }

  /** The host has not: nobody knows the copy. */
  synchronized void dropCopy(long newHandle) {
    endCopy(segments[HandleLayout.segment(newHandle)], newHandle);
  }

  /**
   * The cleaner is done with a segment.
   *
   * @return whether it is free now; if not, what lives in it stays there until a later try
   */
  synchronized boolean cleaned(int index, long nowNanos) {
    Segment segment = segments[index];
    assert segment.state == Segment.State.CLEANING;
    segment.state = Segment.State.SEALED;
    if (freeIfEmpty(segment)) {
      return true;
    }
    int doublings = Math.min(segment.failures++, MAX_RETRY_DOUBLINGS);
    segment.retryNanos = nowNanos + (FIRST_RETRY_NANOS << doublings);
    return false;
  }

  // What it comes to.

  synchronized int freeSegments() {
    return free.count();
  }

  synchronized int segments() {
    return segments.length;
  }

  /** Bytes kept or promised. */
  synchronized long usedBytes() {
    return liveBytes + queuedBytes + keptBytes + markBytes;
  }

  synchronized long tombstones() {
    return tombstones;
  }

  synchronized long livePages() {
    return livePages;
  }

  synchronized long liveBytes() {
    return liveBytes;
  }

  synchronized long queuedBytes() {
    return queuedBytes;
  }

  synchronized long badFrees() {
    return badFrees;
  }

  synchronized long liveLimit() {
    return liveLimit;
  }

  @GuardedBy("this")
  private void endCopy(Segment segment, long handle) {
    int bytes = RecordLayout.recordBytes(HandleLayout.length(handle));
    movingBytes -= bytes;
    movingPages--;
    end(segment, handle, bytes);
  }

  @GuardedBy("this")
  private void end(Segment segment, long handle, int bytes) {
    segment.setDead(HandleLayout.cell(handle), bytes);
    freeIfEmpty(segment);
  }

  /** The list of an empty segment is needed no more, which may empty another one. */
  @GuardedBy("this")
  private boolean freeIfEmpty(Segment segment) {
    if (segment.state != Segment.State.SEALED || segment.liveBytes > 0) {
      return false;
    }
    segment.state = Segment.State.FREE;
    free.add(segment.index);
    notifyAll();
    emptied.add(segment);
    if (emptied.size() == 1) {
      for (Segment next = segment; next != null; next = nextEmptied()) {
        for (long handle : next.lists) {
          endMark(segments[HandleLayout.segment(handle)], handle);
        }
        next.lists = Segment.NO_LISTS;
      }
    }
    return true;
  }

  /** The one at the head is done; the one after it. */
  @GuardedBy("this")
  private @Nullable Segment nextEmptied() {
    emptied.remove();
    return emptied.peek();
  }

  synchronized void checkInvariants() {
    SegmentAudit audit = SegmentAudit.of(segments, free);
    audit.check(liveBytes + movingBytes + markBytes, livePages + movingPages + marks, free.count());
    SegmentAudit.check(liveBytes + queuedBytes <= liveLimit, "over the limit", liveBytes);
  }
}

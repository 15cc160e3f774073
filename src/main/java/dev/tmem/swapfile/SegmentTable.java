package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import java.util.Arrays;
import java.util.List;

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
 *   <li>The living bytes of all segments are {@code liveBytes + movingBytes}; the living records
 *       are {@code livePages + movingPages}: a page under way is counted as kept once.
 *   <li>{@code liveBytes + queuedBytes} is at most the limit.
 *   <li>A free segment holds nothing alive and is in the ring of free ones, once; a sealed one
 *       holds something alive, or is being cleaned.
 * </ol>
 */
final class SegmentTable {

  /** How long a segment that could not be emptied is left alone, at first and at most. */
  private static final long FIRST_RETRY_NANOS = 20_000_000L;

  private static final int MAX_RETRY_DOUBLINGS = 8;

  private final int segmentBytes;
  private final long queueLimit;
  private final long endGeneration;

  @GuardedBy("this")
  private Segment[] segments;

  /** Free segments, first in first out, so that wear is spread. */
  @GuardedBy("this")
  private int[] freeRing;

  @GuardedBy("this")
  private long liveLimit;

  @GuardedBy("this")
  private int freeHead;

  @GuardedBy("this")
  private int freeCount;

  @GuardedBy("this")
  private long nextGeneration;

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

  @GuardedBy("this")
  private long badFrees;

  SegmentTable(Geometry geometry, long firstGeneration, long endGeneration, long queueLimit) {
    segmentBytes = geometry.segmentBytes();
    this.liveLimit = geometry.liveLimit();
    this.queueLimit = queueLimit;
    this.nextGeneration = firstGeneration;
    this.endGeneration = endGeneration;
    segments = new Segment[geometry.segments()];
    freeRing = new int[segments.length];
    for (int i = 0; i < segments.length; i++) {
      segments[i] = new Segment(i, geometry.segmentBytes());
      freeRing[i] = i;
    }
    freeCount = segments.length;
  }

  /** The file has become longer: there are more free segments, and more may live. */
  synchronized void grow(Geometry larger) {
    int before = segments.length;
    int[] ring = new int[larger.segments()];
    for (int i = 0; i < freeCount; i++) {
      ring[i] = freeRing[(freeHead + i) % freeRing.length];
    }
    freeHead = 0;
    freeRing = ring;
    segments = Arrays.copyOf(segments, larger.segments());
    for (int i = before; i < segments.length; i++) {
      segments[i] = new Segment(i, larger.segmentBytes());
      freeRing[freeCount++] = i;
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
  synchronized int reserve(List<Zpage> pages, long[] handles) {
    int accepted = 0;
    for (int i = 0; i < handles.length; i++) {
      int length = pages.get(i).length();
      int bytes = RecordLayout.recordBytes(length);
      boolean fit = length >= 1 && length <= RecordLayout.MAX_PAYLOAD;
      if (fit
          && queuedBytes + bytes <= queueLimit
          && liveBytes + queuedBytes + bytes <= liveLimit) {
        queuedBytes += bytes;
        accepted++;
      } else {
        handles[i] = Backend.REFUSED;
      }
    }
    return accepted;
  }

  /** Takes a promise back: the page was not written. */
  synchronized void unreserve(int payloadLength) {
    queuedBytes -= RecordLayout.recordBytes(payloadLength);
    assert queuedBytes >= 0;
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
    if (freeCount < least || nextGeneration >= endGeneration) {
      return -1;
    }
    Segment segment = segments[freeRing[freeHead]];
    freeHead = (freeHead + 1) % freeRing.length;
    freeCount--;
    segment.begin(nextGeneration++);
    return segment.index;
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
  synchronized void commit(long[] handles, int count, boolean copies) {
    for (int i = 0; i < count; i++) {
      long handle = handles[i];
      int bytes = RecordLayout.recordBytes(HandleLayout.length(handle));
      segments[HandleLayout.segment(handle)].setLive(HandleLayout.cell(handle), bytes);
      if (copies) {
        movingBytes += bytes;
        movingPages++;
      } else {
        queuedBytes -= bytes;
        liveBytes += bytes;
        livePages++;
      }
    }
  }

  // The dispatcher's side.

  /** A page is given up. A handle that names nothing alive is counted and otherwise ignored. */
  synchronized void free(long handle) {
    int index = HandleLayout.segment(handle);
    if (handle < 0
        || index >= segments.length
        || !segments[index].covers(handle)
        || !segments[index].lives(HandleLayout.cell(handle))) {
      badFrees++;
      return;
    }
    int bytes = RecordLayout.recordBytes(HandleLayout.length(handle));
    liveBytes -= bytes;
    livePages--;
    end(segments[index], handle, bytes);
  }

  /**
   * The generation of the segment that a handle points into, if what it names may still be there. A
   * record that does not live, in a segment that the cleaner has worked on and nobody has begun
   * anew, may have been moved after the caller last looked at its slot: it is still intact.
   *
   * @return -1 if the record is gone
   */
  synchronized long readable(long handle) {
    int index = HandleLayout.segment(handle);
    if (handle < 0 || index >= segments.length || !segments[index].covers(handle)) {
      return -1;
    }
    Segment segment = segments[index];
    return segment.cleaned || segment.lives(HandleLayout.cell(handle)) ? segment.generation : -1;
  }

  // The cleaner's side.

  /**
   * Chooses the sealed segment with the fewest living bytes, and hands it to the cleaner.
   *
   * @param mostBytes one with more living bytes is not worth it
   * @return its index, or -1
   */
  synchronized int pickVictim(int mostBytes, long nowNanos) {
    Segment best = null;
    for (Segment segment : segments) {
      boolean eligible =
          segment.state == Segment.State.SEALED
              && segment.liveBytes <= mostBytes
              && (segment.failures == 0 || nowNanos - segment.retryNanos >= 0);
      if (eligible && (best == null || segment.liveBytes < best.liveBytes)) {
        best = segment;
      }
    }
    if (best == null) {
      return -1;
    }
    best.state = Segment.State.CLEANING;
    return best.index;
  }

  /** The cells in which living records of a segment begin, as they are now. */
  synchronized void copyLive(int index, long[] into) {
    segments[index].copyLive(into);
  }

  int liveWords() {
    return (segmentBytes / RecordLayout.ALIGNMENT + Long.SIZE - 1) / Long.SIZE;
  }

  synchronized boolean lives(long handle) {
    Segment segment = segments[HandleLayout.segment(handle)];
    return segment.covers(handle) && segment.lives(HandleLayout.cell(handle));
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
    return freeCount;
  }

  synchronized int segments() {
    return segments.length;
  }

  /** Bytes kept or promised. */
  synchronized long usedBytes() {
    return liveBytes + queuedBytes;
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

  @GuardedBy("this")
  private boolean freeIfEmpty(Segment segment) {
    if (segment.state != Segment.State.SEALED || segment.liveBytes > 0) {
      return false;
    }
    segment.state = Segment.State.FREE;
    freeRing[(freeHead + freeCount) % freeRing.length] = segment.index;
    freeCount++;
    return true;
  }

  synchronized void checkInvariants() {
    long bytes = 0;
    long records = 0;
    int free = 0;
    for (Segment segment : segments) {
      bytes += segment.liveBytes;
      records += segment.liveRecords();
      boolean empty = segment.liveBytes == 0;
      check(empty == (segment.liveRecords() == 0), "bytes and bits differ", segment.index);
      check(segment.state != Segment.State.FREE || empty, "free, not empty", segment.index);
      check(segment.state != Segment.State.SEALED || !empty, "sealed, empty", segment.index);
      free += segment.state == Segment.State.FREE ? 1 : 0;
    }
    boolean[] seen = new boolean[segments.length];
    for (int i = 0; i < freeCount; i++) {
      int index = freeRing[(freeHead + i) % freeRing.length];
      check(!seen[index], "twice in the ring", index);
      check(segments[index].state == Segment.State.FREE, "in the ring, not free", index);
      seen[index] = true;
    }
    check(free == freeCount, "free segments " + free + ", in the ring", freeCount);
    check(bytes == liveBytes + movingBytes, "bytes alive " + bytes + ", counted", liveBytes);
    check(records == livePages + movingPages, "records " + records + ", counted", livePages);
    check(liveBytes + queuedBytes <= liveLimit, "over the limit", liveBytes);
  }

  private static void check(boolean holds, String what, long value) {
    if (!holds) {
      throw new AssertionError(what + ": " + value);
    }
  }
}

package dev.tmem.swapfile;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What is known of one segment while the file is in use. Guarded by the lock of the {@link
 * SegmentTable} that owns it, and never leaves it; only {@link #mayRead} is called without that
 * lock. What it looks at is volatile, the bits of living records too.
 */
final class Segment {

  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  /** Where a segment is in its life. */
  enum State {
    /** Holds nothing; may be begun anew. */
    FREE,
    /** The writer appends to it. */
    OPEN,
    /** Full, or given up after a failed write. */
    SEALED,
    /** Sealed, and the cleaner is moving out what lives in it. */
    CLEANING
  }

  static final long[] NO_LISTS = {};

  final int index;

  /** One bit for each cell in which a living record begins. */
  private final long[] live;

  State state = State.FREE;

  /** Of the current use; 0 before the first. */
  volatile long generation;

  /** Which use it is, modulo 128; stands in every handle. */
  volatile int life;

  /** Of what the header on disk says now, or may say; 0: nothing counts there. */
  long diskGeneration;

  /** The disk has been told that nothing counts there; not on stable storage yet. */
  boolean marked;

  /** As far as is known nothing was ever written to it: its blocks are reserved, and no more. */
  boolean blank = true;

  /** Where its list lies, part by part, while it holds something; none if it has no list yet. */
  long[] lists = NO_LISTS;

  /** Bytes of living records. */
  int liveBytes;

  /** The cleaner moved records out in this life: a record that does not live may still be read. */
  volatile boolean cleaned;

  /** Nothing that was written in this use has died; never said of a use that was found on disk. */
  private volatile boolean whole;

  /** The cleaner could not empty it: left alone until then. */
  long retryNanos;

  /** How often the cleaner could not empty it, in this life. */
  int failures;

  Segment(int index, int segmentBytes) {
    this.index = index;
    live = new long[liveWords(segmentBytes)];
  }

  void begin(long newGeneration) {
    assert state == State.FREE && liveBytes == 0;
    state = State.OPEN;
    generation = newGeneration;
    life = (life + 1) & HandleLayout.MAX_LIFE;
    cleaned = false;
    failures = 0;
    retryNanos = 0;
    marked = false;
    // Last: whoever sees it without the lock sees the generation too.
    whole = true;
  }

  /** As {@link #begin}, of a use that is found on disk. */
  void recover(long oldGeneration) {
    assert state == State.FREE && liveBytes == 0;
    state = State.SEALED;
    generation = oldGeneration;
    diskGeneration = oldGeneration;
    life = (life + 1) & HandleLayout.MAX_LIFE;
  }

  /** Whether the handle is of the present life and lies within the segment. */
  boolean covers(long handle) {
    return generation != 0
        && life == HandleLayout.life(handle)
        && HandleLayout.cell(handle) / Long.SIZE < live.length;
  }

  private boolean isSet(int cell) {
    return ((long) WORDS.getAcquire(live, cell / Long.SIZE) & 1L << cell) != 0;
  }

  /** Whether the handle is of the present life, and what it names lives. */
  boolean lives(long handle) {
    return covers(handle) && isSet(HandleLayout.cell(handle));
  }

  /**
   * The generation in which what the handle names may still be there. A record that does not live,
   * in a use of the segment that the cleaner has worked on and that is not over, may have been
   * moved after the caller last looked at its slot: it is still intact.
   *
   * @return -1 if the record is gone
   */
  long readable(long handle) {
    return lives(handle) || (cleaned && covers(handle)) ? generation : -1;
  }

  /**
   * As {@link #readable} without the lock, for whoever finds out by reading whether the record is
   * there. Of one that lives all the time nothing changes that is looked at here. The cleaner says
   * that it moves something before it lets the old record die, so whoever finds that dead finds
   * this too. Should the segment be begun anew meanwhile, the record had died before, and nothing
   * that is intact in the new generation is taken for it.
   *
   * <p>Where nothing has died every record lives that anybody was told of, and its bit is not
   * looked at: the bits of all segments fit in no processor's cache, and to fetch one takes as long
   * as the checksum of a page.
   */
  long mayRead(long handle) {
    if (!covers(handle)) {
      return -1;
    }
    boolean kept = whole || isSet(HandleLayout.cell(handle)) || cleaned;
    return kept ? generation : -1;
  }

  void setLive(int cell, int bytes) {
    assert !isSet(cell) : cell;
    int word = cell / Long.SIZE;
    WORDS.setRelease(live, word, live[word] | 1L << cell);
    liveBytes += bytes;
  }

  void setDead(int cell, int bytes) {
    assert isSet(cell) : cell;
    whole = false;
    int word = cell / Long.SIZE;
    WORDS.setRelease(live, word, live[word] & ~(1L << cell));
    liveBytes -= bytes;
    assert liveBytes >= 0;
  }

  /** Words of bits, one bit for each cell. */
  static int liveWords(int segmentBytes) {
    return (segmentBytes / RecordLayout.ALIGNMENT + Long.SIZE - 1) / Long.SIZE;
  }

  void copyLive(long[] into) {
    System.arraycopy(live, 0, into, 0, live.length);
  }

  int liveRecords() {
    int records = 0;
    for (long word : live) {
      records += Long.bitCount(word);
    }
    return records;
  }
}

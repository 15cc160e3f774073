package dev.tmem.swapfile;

/**
 * What is known of one segment while the file is in use. Guarded by the lock of the {@link
 * SegmentTable} that owns it; never leaves it.
 */
final class Segment {

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
  long generation;

  /** Which use it is, modulo 128; stands in every handle. */
  int life;

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
  boolean cleaned;

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

  boolean lives(int cell) {
    return (live[cell / Long.SIZE] & 1L << cell) != 0;
  }

  void setLive(int cell, int bytes) {
    assert !lives(cell) : cell;
    live[cell / Long.SIZE] |= 1L << cell;
    liveBytes += bytes;
  }

  void setDead(int cell, int bytes) {
    assert lives(cell) : cell;
    live[cell / Long.SIZE] &= ~(1L << cell);
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

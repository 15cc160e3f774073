package dev.tmem.zram;

/**
 * What is known of the spans of one region: three words for each, side by side, so that a place is
 * taken or given back at the cost of one or two cache lines.
 *
 * <pre>
 *   word 0   free places, see {@link SpanLayout}
 *
 *             63                            32 31                             0
 *            +--------------------------------+--------------------------------+
 *   word 1   |           next span            |         previous span          |
 *            +--------------------------------+----------------+-------+-------+
 *   word 2   |               0                |      live      | list  | owner |
 *            +--------------------------------+----------------+-------+-------+
 *             63                            32 31            16 15    8 7     0
 * </pre>
 *
 * <p>A record belongs to the size class that owns the span and is guarded by that class's lock. Two
 * of its parts are also read without it: the owner, to find the lock at all, after which it is read
 * again under that lock; and the list by {@link #isVictim}, a hint.
 */
final class SpanRecords {
  /** No size class owns the span. */
  static final int NO_OWNER = 0;

  private static final int FREE = 0;
  private static final int LINKS = FREE + 1;
  private static final int STATE = LINKS + 1;
  private static final int WORDS = STATE + 1;

  /** Bytes of heap that one record takes. */
  static final int RECORD_BYTES = WORDS * Long.BYTES;

  private static final int NEXT_SHIFT = Integer.SIZE;
  private static final long PREVIOUS_MASK = (1L << NEXT_SHIFT) - 1;

  private static final int OWNER_SHIFT = 0;
  private static final int LIST_SHIFT = OWNER_SHIFT + Byte.SIZE;
  private static final int LIVE_SHIFT = LIST_SHIFT + Byte.SIZE;
  private static final long BYTE_MASK = (1L << Byte.SIZE) - 1;
  private static final long LIVE_MASK = (1L << Short.SIZE) - 1;

  private final long[] words;

  SpanRecords(int spans) {
    words = new long[spans * WORDS];
  }

  /** Number of the size class that owns the span, plus 1; or {@link #NO_OWNER}. */
  int owner(int index) {
    return (int) (state(index) >>> OWNER_SHIFT & BYTE_MASK);
  }

  void setOwner(int index, int owner) {
    setState(index, OWNER_SHIFT, BYTE_MASK, owner);
  }

  /** Which of its class's lists the span is on: see {@link SpanLists}. */
  int list(int index) {
    return (int) (state(index) >>> LIST_SHIFT & BYTE_MASK);
  }

  void setList(int index, int list) {
    setState(index, LIST_SHIFT, BYTE_MASK, list);
  }

  /** Objects in the span. */
  int live(int index) {
    return (int) (state(index) >>> LIVE_SHIFT & LIVE_MASK);
  }

  void setLive(int index, int live) {
    setState(index, LIVE_SHIFT, LIVE_MASK, live);
  }

  private long state(int index) {
    return words[index * WORDS + STATE];
  }

  private void setState(int index, int shift, long mask, long value) {
    assert (value & ~mask) == 0 : value;
    words[index * WORDS + STATE] = (state(index) & ~(mask << shift)) | value << shift;
  }

  /** Free places: see {@link SpanLayout}. */
  long free(int index) {
    return words[index * WORDS + FREE];
  }

  void setFree(int index, long places) {
    words[index * WORDS + FREE] = places;
  }

  /** The span after it on its list, or -1. */
  int next(int index) {
    return (int) (words[index * WORDS + LINKS] >>> NEXT_SHIFT);
  }

  void setNext(int index, int span) {
    long previous = words[index * WORDS + LINKS] & PREVIOUS_MASK;
    words[index * WORDS + LINKS] = (long) span << NEXT_SHIFT | previous;
  }

  /** The span before it on its list, or -1. */
  int previous(int index) {
    return (int) words[index * WORDS + LINKS];
  }

  void setPrevious(int index, int span) {
    long next = words[index * WORDS + LINKS] & ~PREVIOUS_MASK;
    words[index * WORDS + LINKS] = next | (span & PREVIOUS_MASK);
  }

  boolean isVictim(int index) {
    return owner(index) != NO_OWNER && list(index) == SpanLists.VICTIMS;
  }
}

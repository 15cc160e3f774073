package dev.tmem.zram;

import dev.tmem.memory.RegionPool;

/**
 * How a span is cut for objects of one size. Those longer than {@value #LONGEST_IN_SPAN} bytes lie
 * in runs of spans, each of which is taken for one long span here.
 *
 * <pre>
 *   0                                 n * size        occupancyAt       spanBytes
 *  +----------+----------+-- - --+------------+--------+-------------------+
 *  | object 0 | object 1 |  ...  | object n-1 | unused | free places, bits |
 *  +----------+----------+-- - --+------------+--------+-------------------+
 * </pre>
 *
 * Up to 64 places are one word in the span's record, and the span is all objects. More places need
 * more words; these stand at the end of the span, native 8-byte words in the buffer's order, bit p
 * % 64 of word p / 64 set if place p is free, and the word in the record says which of them have a
 * bit set. Immutable.
 *
 * @param objectBytes a multiple of the handle's grain
 * @param places objects in a span
 * @param occupancyWords words at the end of the span; 0 if the record's word is enough
 */
record SpanLayout(int objectBytes, int places, int occupancyWords) {
  /**
   * The longest objects of which a span of the pool has enough to lose little at its end: a
   * fifteenth of it, enough for a raw page of 4 KiB and what a lender keeps with it.
   */
  static final int LONGEST_IN_SPAN = 4368;

  /** Two levels of 64: what one word in the record can point into. */
  static final int MAX_PLACES = Long.SIZE * Long.SIZE;

  static SpanLayout of(int objectBytes) {
    int places = spanBytes(objectBytes) / objectBytes;
    int words = words(places);
    while (places * objectBytes + words * Long.BYTES > spanBytes(objectBytes)) {
      places--;
      words = words(places);
    }
    assert places >= 1 && places <= MAX_PLACES : objectBytes;
    return new SpanLayout(objectBytes, places, words);
  }

  /** Bytes of a span that is cut for objects of that size. */
  static int spanBytes(int objectBytes) {
    return objectBytes > LONGEST_IN_SPAN ? RegionPool.RUN_BYTES : RegionPool.SPAN_BYTES;
  }

  private static int words(int places) {
    return places <= Long.SIZE ? 0 : (places + Long.SIZE - 1) / Long.SIZE;
  }

  /** Whether it is a run of the pool's spans. */
  boolean isRun() {
    return objectBytes > LONGEST_IN_SPAN;
  }

  int spanBytes() {
    return spanBytes(objectBytes);
  }

  /** Where the words of free places begin. */
  int occupancyAt() {
    return spanBytes() - occupancyWords * Long.BYTES;
  }

  /** Bytes of a span that no object can have. */
  int unusedBytes() {
    return spanBytes() - places * objectBytes;
  }

  int offset(int place) {
    return place * objectBytes;
  }

  /**
   * @return the place that begins at the offset, or -1 if none does
   */
  int place(int offset) {
    int place = offset / objectBytes;
    return place < places && place * objectBytes == offset ? place : -1;
  }
}

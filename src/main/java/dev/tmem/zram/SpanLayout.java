package dev.tmem.zram;

import dev.tmem.memory.RegionPool;

/**
 * How a span is cut for objects of one size.
 *
 * <pre>
 *   0                                 n * size        occupancyAt       SPAN_BYTES
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
  /** Two levels of 64: what one word in the record can point into. */
  static final int MAX_PLACES = Long.SIZE * Long.SIZE;

  static SpanLayout of(int objectBytes) {
    int places = RegionPool.SPAN_BYTES / objectBytes;
    int words = words(places);
    while (places * objectBytes + words * Long.BYTES > RegionPool.SPAN_BYTES) {
      places--;
      words = words(places);
    }
    assert places >= 1 && places <= MAX_PLACES : objectBytes;
    return new SpanLayout(objectBytes, places, words);
  }

  private static int words(int places) {
    return places <= Long.SIZE ? 0 : (places + Long.SIZE - 1) / Long.SIZE;
  }

  /** Where the words of free places begin. */
  int occupancyAt() {
    return RegionPool.SPAN_BYTES - occupancyWords * Long.BYTES;
  }

  /** Bytes of a span that no object can have. */
  int unusedBytes() {
    return RegionPool.SPAN_BYTES - places * objectBytes;
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

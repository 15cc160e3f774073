package dev.tmem.zram;

import dev.tmem.memory.RegionPool;

/**
 * One size class at a glance. Immutable.
 *
 * @param objectBytes bytes of each place
 * @param objectsPerSpan places in a span
 * @param spans spans of the class
 * @param victims those of them that compaction wants to empty
 * @param objects places taken
 * @param payloadBytes bytes of the zpages in them
 */
public record SizeClassStats(
    int objectBytes,
    int objectsPerSpan,
    long spans,
    long victims,
    long objects,
    long payloadBytes) {

  /** Bytes of the places taken. */
  public long usedBytes() {
    return objects * objectBytes;
  }

  /** Bytes lost inside the places taken. */
  public long paddingBytes() {
    return usedBytes() - payloadBytes;
  }

  /** Bytes of the spans that hold no zpage: padding, free places, left-overs. */
  public long wastedBytes() {
    return spans * RegionPool.SPAN_BYTES - payloadBytes;
  }

  /** Places not taken. */
  public long freePlaces() {
    return spans * objectsPerSpan - objects;
  }

  /** The share of the places that is taken, 0 to 100; 100 if there is no span. */
  public int fullnessPercent() {
    long places = spans * objectsPerSpan;
    return places == 0 ? 100 : (int) (objects * 100 / places);
  }
}

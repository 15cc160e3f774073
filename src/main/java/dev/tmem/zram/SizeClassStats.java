package dev.tmem.zram;

/**
 * One size class at a glance. Immutable.
 *
 * @param objectBytes bytes of each place
 * @param objectsPerSpan places in a span
 * @param spans spans of the class; see {@link #spanBytes} for how long they are
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

  /** Bytes of the spans: runs of four for sizes above a fifteenth of a span. */
  public long spanBytes() {
    return spans * SpanLayout.spanBytes(objectBytes);
  }

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
    return spanBytes() - payloadBytes;
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

package dev.tmem.zram;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the record of a span. 24 bytes of heap for each span of a region that was ever used;
 * records of a region come with its first span and stay.
 *
 * <p>Thread-safe: readers use an array that is replaced, never changed; {@code growLock} guards its
 * replacement.
 */
final class SpanDirectory {
  /** The pool numbers spans by region and index in it; records are kept in the same parts. */
  private static final int INDEX_BITS = 10;

  private static final int SPANS = 1 << INDEX_BITS;

  private final Object growLock = new Object();

  private volatile @Nullable SpanRecords[] regions = new @Nullable SpanRecords[0];

  static int index(int span) {
    return span & (SPANS - 1);
  }

  /** The records that hold the span's, or null if no span of that region was ever ours. */
  @Nullable SpanRecords find(int span) {
    @Nullable SpanRecords[] all = regions;
    int region = span >>> INDEX_BITS;
    return region < all.length ? all[region] : null;
  }

  /** The records of a span that is ours. */
  SpanRecords get(int span) {
    SpanRecords records = find(span);
    if (records == null) {
      throw new AssertionError("no record of span " + span);
    }
    return records;
  }

  /** As {@link #get}, of a span just acquired. */
  SpanRecords open(int span) {
    SpanRecords records = find(span);
    if (records != null) {
      return records;
    }
    synchronized (growLock) {
      return openLocked(span);
    }
  }

  /** Bytes of heap that all records take, but for the few of their objects' headers. */
  long heapBytes() {
    long bytes = 0;
    for (SpanRecords records : regions) {
      bytes += records == null ? 0 : (long) SPANS * SpanRecords.RECORD_BYTES;
    }
    return bytes;
  }

  @GuardedBy("growLock")
  private SpanRecords openLocked(int span) {
    int region = span >>> INDEX_BITS;
    SpanRecords records = find(span);
    if (records == null) {
      records = new SpanRecords(SPANS);
      @Nullable SpanRecords[] grown = Arrays.copyOf(regions, Math.max(regions.length, region + 1));
      grown[region] = records;
      regions = grown;
    }
    return records;
  }
}

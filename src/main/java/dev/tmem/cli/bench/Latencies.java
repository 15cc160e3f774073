package dev.tmem.cli.bench;

import java.util.Arrays;

/**
 * Nanoseconds, counted in buckets that are at most 1/64 wide. Confined to one thread.
 *
 * <p>A bucket is known by the position of the highest bit and the six bits below it.
 */
final class Latencies {

  private static final int FINE_BITS = 6;
  private static final int FINE = 1 << FINE_BITS;

  private final long[] counts = new long[(Long.SIZE - FINE_BITS + 1) * FINE];
  private long total;

  void add(long nanos) {
    counts[bucket(Math.max(0, nanos))]++;
    total++;
  }

  void addAll(Latencies other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
  }

  long total() {
    return total;
  }

  void clear() {
    Arrays.fill(counts, 0);
    total = 0;
  }

  /** The least bucket that leaves at most this share above it, in microseconds. */
  double micros(double share) {
    long needed = (long) Math.ceil(share * total);
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      seen += counts[i];
      if (seen >= needed && seen > 0) {
        return middle(i) / 1e3;
      }
    }
    throw new IllegalStateException("nothing was measured");
  }

  static int bucket(long nanos) {
    int shift = Math.max(0, Long.SIZE - FINE_BITS - 1 - Long.numberOfLeadingZeros(nanos));
    return shift * FINE + (int) (nanos >>> shift);
  }

  /** The middle of a bucket, in nanoseconds. */
  static double middle(int bucket) {
    int shift = Math.max(0, bucket / FINE - 1);
    long least = (long) (bucket - shift * FINE) << shift;
    return least + ((1L << shift) - 1) / 2.0;
  }
}

package dev.tmem.swapfile;

import org.jspecify.annotations.Nullable;

/** Which segment the cleaner takes next. Holds no state; called under the table's lock. */
final class VictimChoice {

  private VictimChoice() {}

  /**
   * The one that pays most: the room it gives, for as long as it stays full (older ones change
   * less), over what it costs to read it and to write what lives in it. Only those count that give
   * at least half as much as the emptiest one, so that cleaning gains by it in a full file too.
   *
   * @param nextGeneration tells how old a segment is
   * @param mostBytes one with more living bytes is not worth it
   */
  static @Nullable Segment best(
      Segment[] segments, int segmentBytes, long nextGeneration, int mostBytes, long nowNanos) {
    int least = segmentBytes + 1;
    for (Segment segment : segments) {
      if (isEligible(segment, mostBytes, nowNanos)) {
        least = Math.min(least, segment.liveBytes);
      }
    }
    int most = Math.min(mostBytes, (segmentBytes + least) / 2);
    Segment best = null;
    double bestValue = -1;
    for (Segment segment : segments) {
      if (isEligible(segment, most, nowNanos)) {
        double age = nextGeneration - segment.generation;
        double gain = (double) (segmentBytes - segment.liveBytes);
        double value = gain * age / (segmentBytes + segment.liveBytes);
        if (value > bestValue) {
          best = segment;
          bestValue = value;
        }
      }
    }
    return best;
  }

  /** The oldest: tombstones die when the segments do that may hold what they end. */
  static @Nullable Segment oldest(Segment[] segments, int mostBytes, long nowNanos) {
    Segment oldest = null;
    for (Segment segment : segments) {
      if (isEligible(segment, mostBytes, nowNanos)
          && (oldest == null || segment.generation < oldest.generation)) {
        oldest = segment;
      }
    }
    return oldest;
  }

  private static boolean isEligible(Segment segment, int mostBytes, long nowNanos) {
    return segment.state == Segment.State.SEALED
        && segment.liveBytes <= mostBytes
        && (segment.failures == 0 || nowNanos - segment.retryNanos >= 0);
  }
}

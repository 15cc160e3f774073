package dev.tmem.eventbus;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which numbers were seen, kept as ranges without gaps: numbers that come nearly in order cost
 * nothing, however many there are.
 *
 * <p>Ranges neither overlap nor touch. Confined to its owner.
 */
final class SeenNumbers {

  /** First number of a range to its last. */
  private final TreeMap<Long, Long> ranges = new TreeMap<>();

  /** Notes a number; false if it was seen before. */
  boolean add(long number) {
    Map.Entry<Long, Long> below = ranges.floorEntry(number);
    if (below != null && below.getValue() >= number) {
      return false;
    }
    long first = number;
    long last = number;
    if (below != null && below.getValue() == number - 1) {
      first = below.getKey();
    }
    Long above = number == Long.MAX_VALUE ? null : ranges.remove(number + 1);
    if (above != null) {
      last = above;
    }
    ranges.put(first, last);
    return true;
  }

  /** Forgets what is below a number, but for the range that the number lies in. */
  void forgetBelow(long number) {
    while (!ranges.isEmpty() && ranges.firstEntry().getValue() < number) {
      ranges.pollFirstEntry();
    }
  }

  int ranges() {
    return ranges.size();
  }
}

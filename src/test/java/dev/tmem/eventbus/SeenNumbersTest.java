package dev.tmem.eventbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Ranges of numbers against a plain set of them. */
class SeenNumbersTest {

  @Test
  void everyNumberIsNewOnce() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      SeenNumbers seen = new SeenNumbers();
      Set<Long> twin = new HashSet<>();
      long floor = 0;
      for (int step = 0; step < 300; step++) {
        long number = floor + random.nextInt(100);
        assertEquals(twin.add(number), seen.add(number), "seed " + seed + ", step " + step);
        if (random.nextInt(10) == 0) {
          floor += random.nextInt(5);
          seen.forgetBelow(floor);
        }
        assertEquals(rangesOf(twin, floor), seen.ranges(), "seed " + seed + ", step " + step);
      }
    }
  }

  /** Ranges that do not end below the floor. */
  private static int rangesOf(Set<Long> numbers, long floor) {
    int ranges = 0;
    for (long number : numbers) {
      ranges += number >= floor && !numbers.contains(number + 1) ? 1 : 0;
    }
    return ranges;
  }

  @Test
  void theEndsOfTheNumbersAreNumbers() {
    SeenNumbers seen = new SeenNumbers();
    for (long number : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 1, -1, 0}) {
      assertTrue(seen.add(number));
      assertFalse(seen.add(number));
    }
    assertEquals(3, seen.ranges());
    seen.forgetBelow(Long.MAX_VALUE);
    assertEquals(1, seen.ranges());
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What an age promises, whenever the page was accessed. */
class IdleAgeTest {

  @Test
  void anAgeIsReachedNoSoonerAndNotMuchLaterThanItSays() {
    for (long start = 0; start < 300; start++) {
      // Accessed just after that round, or just before the next one.
      int age = 0;
      for (long round = start + 1; round < start + 20_000; round++) {
        int older = IdleAge.after(age, round);
        assertTrue(older == age || older == age + 1);
        if (older != age) {
          long least = (round - start - 1) * IdleAge.ROUND_SECONDS;
          long most = (round - start) * IdleAge.ROUND_SECONDS;
          long says = IdleAge.secondsOf(older);
          assertTrue(least >= says, "start " + start + ": " + older + " after " + least + " s");
          assertTrue(
              most <= 2 * (says + IdleAge.ROUND_SECONDS),
              "start " + start + ": " + older + " after " + most + " s");
        }
        age = older;
      }
      assertEquals(SlotWord.MAX_AGE, age);
    }
  }

  @Test
  void secondsAreFoundAgain() {
    assertEquals(122_880, IdleAge.MAX_SECONDS);
    assertEquals(0, IdleAge.atLeast(0));
    assertEquals(2, IdleAge.atLeast(1));
    assertEquals(2, IdleAge.atLeast(15));
    assertEquals(3, IdleAge.atLeast(16));
    assertEquals(SlotWord.MAX_AGE, IdleAge.atLeast(IdleAge.MAX_SECONDS));
    for (int age = 0; age <= SlotWord.MAX_AGE; age++) {
      assertTrue(IdleAge.secondsOf(IdleAge.atLeast(IdleAge.secondsOf(age))) >= 0);
    }
  }
}

package dev.tmem.dispatch;

import java.util.concurrent.TimeUnit;

/**
 * The age in a slot: 0 after an access, and raised by rounds over all slots, one every {@link
 * #ROUND_SECONDS}. The higher an age, the rarer the rounds that raise it, so that four bits reach
 * from seconds to a day, and an access needs no clock.
 *
 * <pre>
 *   age                   0   1    2    3    4    5   ...      15
 *   not accessed for      0   0   15   30   60  120   ...  122880 s at least
 *   raised by every      1st 1st  2nd  4th  8th 16th  ...       -  round
 * </pre>
 *
 * A page that reaches an age has not been accessed for at least the time that stands there, and at
 * most for twice that time and two rounds. Holds no state.
 */
final class IdleAge {

  /** The time from one round to the next, at least. */
  static final long ROUND_SECONDS = 15;

  static final long ROUND_MILLIS = TimeUnit.SECONDS.toMillis(ROUND_SECONDS);

  /** The longest time that can be told. */
  static final long MAX_SECONDS = secondsOf(SlotWord.MAX_AGE);

  private IdleAge() {}

  /** For how long a page of that age has not been accessed, at least. */
  static long secondsOf(int age) {
    return age < 2 ? 0 : ROUND_SECONDS << (age - 2);
  }

  /**
   * The age from which on a page is sure not to have been accessed for that long.
   *
   * @param seconds 0 to {@link #MAX_SECONDS}
   */
  static int atLeast(long seconds) {
    int age = 0;
    while (secondsOf(age) < seconds) {
      age++;
    }
    return age;
  }

  /**
   * The age after a round.
   *
   * @param round counts the rounds; each age is raised by those that its period divides
   */
  static int after(int age, long round) {
    boolean raised = age < 2 || (round & ((1L << (age - 1)) - 1)) == 0;
    return raised && age < SlotWord.MAX_AGE ? age + 1 : age;
  }
}

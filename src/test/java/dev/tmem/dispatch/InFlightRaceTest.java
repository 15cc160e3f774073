package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Copies on their way that are struck by several at once. */
class InFlightRaceTest {

  private static final int THREADS = 4;
  private static final int ROUNDS = 20_000;

  private final InFlight inFlight = new InFlight();

  @Test
  void whatIsStruckSaysSoWhateverHappensToOthers() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int number = i;
        ends.add(threads.submit(() -> strikeAndRemove(number)));
      }
      for (Future<?> end : ends) {
        end.get(120, TimeUnit.SECONDS);
      }
    }
    assertEquals(0, inFlight.size());
    Copy later = new Copy(1, 99);
    inFlight.add(later);
    assertFalse(inFlight.isStruck(later));
  }

  private void strikeAndRemove(int number) {
    for (int round = 0; round < ROUNDS; round++) {
      Copy mine = new Copy(number, round);
      Copy other = new Copy(number, ROUNDS + round);
      inFlight.add(mine);
      inFlight.add(other);
      inFlight.strike(mine::equals);
      inFlight.strike(copy -> copy.ordinal() == number && copy.handle() == mine.handle());
      assertTrue(inFlight.isStruck(mine), "struck");
      assertFalse(inFlight.isStruck(other), "never struck");
      inFlight.remove(mine);
      assertFalse(inFlight.isStruck(mine), "removed");
      inFlight.remove(other);
    }
  }
}

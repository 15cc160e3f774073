package dev.tmem.cli.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Ten thousand schedules, and none breaks a contract. {@code -Dtmem.seed} and {@code -Dtmem.runs}
 * choose others.
 */
@ExtendWith(Silenced.class)
class SimulationTest {

  private static final long FIRST_SEED = 1;
  private static final long SCHEDULES = 10_000;

  @Test
  void noScheduleBreaksAContract() {
    long runs = Long.getLong("tmem.runs", SCHEDULES);
    Simulation.Outcome outcome =
        new Simulation(0).run(Long.getLong("tmem.seed", FIRST_SEED), runs, ended -> {});
    Simulation.Failure failure = outcome.failure();
    if (failure != null) {
      throw new AssertionError(
          "seed "
              + failure.seed()
              + " (./tmem simulate --runs 1 --seed "
              + failure.seed()
              + "): "
              + failure.what(),
          failure.cause());
    }
    assertEquals(runs, outcome.schedules());
    assertTrue(outcome.loads() > runs * 50, "only " + outcome.loads() + " loads found a page");
  }
}

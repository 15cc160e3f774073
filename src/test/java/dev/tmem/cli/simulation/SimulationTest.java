package dev.tmem.cli.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * Ten thousand schedules, and none breaks a contract. {@code -Dtmem.seed} and {@code -Dtmem.runs}
 * choose others.
 */
class SimulationTest {

  private static final long FIRST_SEED = 1;
  private static final long SCHEDULES = 10_000;

  @Test
  void noScheduleBreaksAContract() {
    long runs = Long.getLong("tmem.runs", SCHEDULES);
    long start = System.nanoTime();
    Simulation.Outcome outcome =
        new Simulation(0).run(Long.getLong("tmem.seed", FIRST_SEED), runs, ended -> {});
    System.err.println(outcome.schedules() + " in " + (java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()) / 1e9 + " s, events " + outcome.events() + " loads " + outcome.loads());
    Simulation.Failure failure = outcome.failure();
    if (failure != null) {
      throw new AssertionError(
          "seed " + failure.seed() + ": " + failure.what() + "\n" + String.join("\n", failure.lastSteps()),
          failure.cause());
    }
    assertEquals(runs, outcome.schedules());
    assertTrue(outcome.loads() > runs * 100, "only " + outcome.loads() + " loads found a page");
  }
}

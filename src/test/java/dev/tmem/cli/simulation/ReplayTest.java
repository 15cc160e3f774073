package dev.tmem.cli.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A seed tells a schedule, all of it. */
@ExtendWith(Silenced.class)
class ReplayTest {

  private static final int SCHEDULES = 60;

  @Test
  void twoRunsOfASeedAreTheSame() {
    Simulation.Outcome one = new Simulation(0).run(77, SCHEDULES, ended -> {});
    Simulation simulation = new Simulation(0);
    simulation.run(1, 5, ended -> {});
    Simulation.Outcome other = simulation.run(77, SCHEDULES, ended -> {});
    assertEquals(one, other, "what was run before makes no difference");
  }

  @Test
  void anotherSeedIsAnotherSchedule() {
    long one = new Simulation(0).run(1, 1, ended -> {}).hash();
    long other = new Simulation(0).run(2, 1, ended -> {}).hash();
    assertNotEquals(one, other);
  }

  @Test
  void theNumberOfNodesCanBeChosen() {
    for (int nodes = Simulation.NODES_MIN; nodes <= Simulation.NODES_MAX; nodes += 3) {
      Simulation.Outcome outcome = new Simulation(nodes).run(3, 3, ended -> {});
      assertEquals(3, outcome.schedules(), String.valueOf(outcome.failure()));
    }
  }

  @Test
  void aFailureIsReplayedByItsSeedAndShowsItsSteps() {
    Simulation simulation = new Simulation(0, new ForgedReplies());
    Simulation.Failure first = simulation.run(1, 100, ended -> {}).failure();
    assertNotNull(first);
    Simulation.Failure again =
        new Simulation(0, new ForgedReplies()).run(first.seed(), 1, ended -> {}).failure();
    assertNotNull(again);
    assertEquals(first.what(), again.what());
    assertEquals(first.lastSteps(), again.lastSteps());
  }
}

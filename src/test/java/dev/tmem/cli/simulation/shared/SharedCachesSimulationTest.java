package dev.tmem.cli.simulation.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.cleancache.shared.protocol.HomeRules;
import dev.tmem.cli.simulation.Simulation.Failure;
import dev.tmem.cli.simulation.Simulation.Outcome;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * A completed put or invalidate is never followed by an older page from anywhere, whatever becomes
 * of messages, links, clocks and nodes; and bugs that are planted are found.
 */
class SharedCachesSimulationTest {

  /** Seeds; {@code -Dtmem.shared.seeds=FIRST-LAST} runs others. */
  private static final String SEEDS = System.getProperty("tmem.shared.seeds", "1-2000");

  private static final int SEEDS_OF_PLANTED_BUGS = 1500;

  @Test
  void noSeedFindsAStalePage() {
    String[] range = SEEDS.split("-", 2);
    long first = Long.parseLong(range[0]);
    long seeds = Long.parseLong(range[range.length - 1]) - first + 1;
    SharedSimulation simulation = new SharedSimulation(0);
    Outcome outcome = simulation.run(first, seeds, schedules -> {});
    String found =
        "%d schedules: %d hits, %d puts and invalidates, %d in service at the end"
            .formatted(seeds, simulation.hits(), simulation.changes(), simulation.serving());
    System.out.println(found);
    assertNull(outcome.failure(), String.valueOf(outcome.failure()));
    assertTrue(
        simulation.hits() > 10 * seeds
            && simulation.changes() > 10 * seeds
            && simulation.serving() > seeds / 2,
        found);
  }

  @Test
  void aSeedIsTheSameScheduleAgain() {
    Outcome once = new SharedSimulation(0).run(7, 20, schedules -> {});
    Outcome again = new SharedSimulation(0).run(7, 20, schedules -> {});
    assertEquals(once, again);
  }

  @Test
  void aHomeThatServesWithoutALeaseIsFound() {
    assertFound(() ->
        new HomeRules() {
          @Override
          protected boolean serves(boolean leased) {
            return true;
          }
        });
  }

  @Test
  void aHomeThatServesWhatIsNotItsOwnIsFound() {
    assertFound(() ->
        new HomeRules() {
          @Override
          protected boolean agrees(boolean agreed) {
            return true;
          }
        });
  }

  @Test
  void aPutOrInvalidateAtTheNewHomeAloneIsFound() {
    assertFound(() ->
        new HomeRules() {
          @Override
          protected boolean settled(boolean settled) {
            return true;
          }
        });
  }

  @Test
  void pagesThatStayWhenTheirHomeMovesAreFound() {
    assertFound(() ->
        new HomeRules() {
          @Override
          protected boolean drops(boolean moved) {
            return false;
          }
        });
  }

  private static void assertFound(Supplier<HomeRules> planted) {
    Outcome outcome =
        new SharedSimulation(0, planted).run(1, SEEDS_OF_PLANTED_BUGS, schedules -> {});
    Failure failure = outcome.failure();
    assertNotNull(failure, "no seed of " + SEEDS_OF_PLANTED_BUGS + " has found it");
    assertTrue(failure.what().contains("was read as"), failure::toString);
    assertFalse(failure.lastSteps().isEmpty());
    System.out.println("found with seed " + failure.seed());
  }
}

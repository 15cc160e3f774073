package dev.tmem.cli.simulation;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the simulator is worth: bugs that are put in are found, and soon. */
@ExtendWith(Silenced.class)
class PlantedBugsTest {

  private static final long FIRST_SEED = 1;

  @Test
  void aReorderedFreeIsFound() {
    assertFound(new FreesByPage(), 40, "C(2|13)");
  }

  @Test
  void aForgottenEpochCheckIsFound() {
    assertFound(new FetchesByPage(), 1_500, "C[12]");
  }

  @Test
  void aSourceThatIsFreedBeforeTheAnswerIsFound() {
    assertFound(new ForgedReplies(), 10, "C2");
  }

  @Test
  void anOrderOfTheChainThatIsNotThatOfTheTiersIsFound() {
    assertFound(new DiskBeforePeers(), 100, "C5");
  }

  @Test
  void aChecksumThatNobodyLooksAtIsFound() {
    assertFound(new UncheckedSums(), 300, "C11");
  }

  @Test
  void aSecondCopyThatSharesTheFateOfTheFirstIsFoundAfterALoss() {
    assertFound(new SecondCopyAnywhere(), 1_500, "C2");
  }

  @Test
  void anOldPageOfACleanCacheIsFound() {
    assertFound(new ForgetfulCache(), 100, "C3");
  }

  /**
   * @param schedules within which it has to be found
   * @param contract that it breaks, as a pattern: an older page that is given for a newer one is
   *     found to be damaged unless it looks like that one
   */
  private static void assertFound(Wiring planted, int schedules, String contract) {
    Simulation.Outcome outcome = new Simulation(0, planted).run(FIRST_SEED, schedules, ended -> {});
    Simulation.Failure failure = outcome.failure();
    assertNotNull(failure, "not found in " + schedules + " schedules");
    assertTrue(failure.what().matches(contract + ": .*"), failure.what());
  }
}

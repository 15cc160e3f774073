package dev.tmem.cli.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.PeerTransport;
import dev.tmem.TmemException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlanTest {

  private static final List<Fault> ALL = List.of(Fault.values());

  @Test
  void theSameSeedMakesTheSamePlan() {
    assertEquals(Plan.of(ALL, 3, 60, 7), Plan.of(ALL, 3, 60, 7));
    assertNotEquals(Plan.of(ALL, 3, 60, 7), Plan.of(ALL, 3, 60, 8));
  }

  @Test
  void everyFaultComesInTurnAndTheTimeIsFilled() {
    Plan plan = Plan.of(ALL, 3, 60, 1);
    List<Fault> firstFive = plan.steps().stream().limit(5).map(Plan.Step::fault).toList();
    assertEquals(new HashSet<>(ALL), new HashSet<>(firstFive));
    long millis =
        plan.steps().stream().mapToLong(step -> step.calmMillis() + step.holdMillis()).sum();
    assertTrue(millis >= 60_000, plan::toString);
    assertTrue(plan.steps().stream().allMatch(step -> step.node() < 3), plan::toString);
  }

  @Test
  void aLongPlanIsBounded() {
    assertTrue(Plan.of(ALL, 3, 86_400, 1).steps().size() <= 2_000 + ALL.size());
  }

  @Test
  void whatIsNoFaultIsRefused() {
    TmemException refused =
        assertThrows(
            TmemException.class,
            () ->
                new TortureOptions(
                    TortureWorkload.SWAP,
                    3,
                    60,
                    1,
                    Set.of("kill", "quake"),
                    PeerTransport.CHANNEL));
    assertTrue(
        String.valueOf(refused.getMessage())
            .startsWith("--faults: quake is not allowed; kill, pause, partition, slow, full-disk"),
        refused::getMessage);
    assertThrows(
        TmemException.class,
        () ->
            new TortureOptions(
                TortureWorkload.SWAP, 1, 60, 1, Set.of("kill"), PeerTransport.CHANNEL));
  }
}

package dev.tmem.cleancache.shared.protocol;

import static org.junit.jupiter.api.Assertions.assertTrue;

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

  private int hits;
  private int changes;
  private int serving;

  @Test
  void noSeedFindsAStalePage() {
    String[] range = SEEDS.split("-", 2);
    long first = Long.parseLong(range[0]);
    long last = Long.parseLong(range[range.length - 1]);
    for (long seed = first; seed <= last; seed++) {
      try {
        run(seed, HomeRules::new);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    long seeds = last - first + 1;
    String found =
        "%d schedules: %d hits, %d puts and invalidates, %d in service at the end"
            .formatted(seeds, hits, changes, serving);
    System.out.println(found);
    assertTrue(hits > 10 * seeds && changes > 10 * seeds && serving > seeds / 2, found);
  }

  @Test
  void aHomeThatServesWithoutALeaseIsFound() {
    assertFound(() ->
        new HomeRules() {
          @Override
          boolean serves(boolean leased) {
            return true;
          }
        });
  }

  @Test
  void aHomeThatServesWhatIsNotItsOwnIsFound() {
    assertFound(() ->
        new HomeRules() {
          @Override
          boolean agrees(boolean agreed) {
            return true;
          }
        });
  }

  @Test
  void aPutOrInvalidateAtTheNewHomeAloneIsFound() {
    assertFound(() ->
        new HomeRules() {
          @Override
          boolean settled(boolean settled) {
            return true;
          }
        });
  }

  @Test
  void pagesThatStayWhenTheirHomeMovesAreFound() {
    assertFound(() ->
        new HomeRules() {
          @Override
          boolean drops(boolean moved) {
            return false;
          }
        });
  }

  private void assertFound(Supplier<HomeRules> planted) {
    for (long seed = 1; seed <= SEEDS_OF_PLANTED_BUGS; seed++) {
      try {
        run(seed, planted);
      } catch (AssertionError found) {
        System.out.println("found with seed " + seed);
        return;
      }
    }
    throw new AssertionError("no seed of " + SEEDS_OF_PLANTED_BUGS + " has found it");
  }

  private void run(long seed, Supplier<HomeRules> rules) {
    SharedSim sim = new SharedSim(seed, rules);
    int count = 1 + sim.random.nextInt(5);
    for (int i = 0; i < count; i++) {
      sim.start("n" + i, i > 0 && sim.random.nextInt(5) == 0 ? 0 : 1);
    }
    sim.run(250);
    sim.faulty = sim.random.nextInt(4) > 0;
    for (int i = 0; i < 12; i++) {
      sim.fault();
      sim.run(50 + sim.random.nextInt(400));
    }
    sim.heal();
    sim.run(1_500);
    hits += sim.history.hits();
    changes += sim.changes;
    serving += sim.serving() > 0 ? 1 : 0;
  }
}

package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.PageKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The power fails, or the process dies, at every write and every force of a short run. */
class DurableCrashTest {

  private static final int KEYS = 24;
  private static final int MOST_BYTES = 9000;
  private static final List<CrashDisk.Outcome> OUTCOMES = List.of(CrashDisk.Outcome.values());

  @TempDir Path folder;

  private final long seed = Long.getLong("tmem.seed", System.nanoTime());
  private byte[] formatted = {};

  @BeforeEach
  void format() {
    System.out.println("DurableCrashTest seed " + seed);
    formatted = CrashRig.formatted(file());
  }

  private Path file() {
    return folder.resolve("swap");
  }

  private CrashRig rig(byte[] image, Random random) {
    return new CrashRig(file(), new CrashDisk(image), random);
  }

  @ParameterizedTest
  @EnumSource(CrashDisk.Outcome.class)
  void alwaysLosesNothingThatWasAcknowledged(CrashDisk.Outcome outcome) {
    crashEverywhere(0, outcome, 220);
  }

  @ParameterizedTest
  @EnumSource(CrashDisk.Outcome.class)
  void intervalGivesBackAPrefix(CrashDisk.Outcome outcome) {
    crashEverywhere(3_600_000, outcome, 260);
  }

  private void crashEverywhere(long fsyncMillis, CrashDisk.Outcome outcome, int steps) {
    Random random = new Random(seed);
    CrashRig run = rig(formatted, random);
    int opened;
    try (run) {
      run.open(fsyncMillis);
      opened = run.disk.events();
      for (int i = 0; i < steps; i++) {
        run.step(KEYS, MOST_BYTES);
        run.backend.checkInvariants();
      }
      assertTrue(
          run.counter("cleaner_emptied") + run.counter("tombstones") > 20, "the log went round");
    }
    int events = run.disk.events();
    for (int at = opened; at <= events; at++) {
      byte[] image = run.disk.after(at, outcome, random);
      boolean allSafe = fsyncMillis == 0 || outcome == CrashDisk.Outcome.ALL;
      int safe = allSafe ? at : run.disk.forcedBefore(at);
      String what = outcome + " after " + at + " of " + events + " events, seed " + seed;
      try (CrashRig after = rig(image, random)) {
        assertEquals(Map.of(), after.lost, what);
        String wrong = run.oracle.wrong(at, safe, after.found);
        assertEquals(null, wrong, what);
        after.backend.checkInvariants();
      }
    }
  }

  /** Each life ends in a crash, and the next goes on with what it finds. */
  @Test
  void manyLivesEachEndedByACrash() {
    Random random = new Random(seed);
    byte[] image = formatted;
    for (int life = 0; life < 60; life++) {
      CrashRig run = rig(image, random);
      try (run) {
        run.open(0);
        run.found.forEach((key, page) -> run.oracle.done(key, page, page.epoch(), 0, 0));
        for (int i = 0; i < 40; i++) {
          run.step(KEYS, MOST_BYTES);
        }
        run.backend.checkInvariants();
      }
      int at = run.opened() + random.nextInt(run.disk.events() - run.opened() + 1);
      CrashDisk.Outcome outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
      image = run.disk.after(at, outcome, random);
      String what = "life " + life + ", " + outcome + " after " + at + " events, seed " + seed;
      CrashRig after = rig(image, random);
      try (after) {
        assertEquals(Map.of(), after.lost, what);
        assertEquals(null, run.oracle.wrong(at, at, after.found), what);
      }
      // That life ends without a crash, or in one before it could do anything.
      image = random.nextBoolean() ? after.disk.image() : image;
    }
  }

  /** A process that dies at each start, or soon after, uses nothing up: the next one starts too. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aFullFileOutlivesManyCrashesInARow(int storesOfALife) {
    Random random = new Random(seed);
    CrashRig full = rig(formatted, random);
    try (full) {
      full.open(0);
      for (int i = 0; i < 100 && full.store(new PageKey(CrashRig.AREA, i), MOST_BYTES); i++) {
        full.backend.checkInvariants();
      }
      full.disk.mark();
    }
    byte[] image = full.disk.after(full.disk.marked(), CrashDisk.Outcome.ALL, random);
    for (int life = 0; life < 40; life++) {
      CrashRig run = rig(image, random);
      try (run) {
        run.open(0);
        run.found.forEach((key, page) -> run.oracle.done(key, page, page.epoch(), 0, 0));
        assertTrue(run.found.size() > 30, "it was full");
        for (int i = 0; i < storesOfALife; i++) {
          run.store(new PageKey(CrashRig.AREA, random.nextInt(run.found.size())), MOST_BYTES);
        }
        run.disk.mark();
      }
      int at = run.disk.marked();
      CrashDisk.Outcome outcome = OUTCOMES.get(random.nextInt(OUTCOMES.size()));
      image = run.disk.after(at, outcome, random);
      String what = "life " + life + ", " + outcome + ", seed " + seed;
      try (CrashRig after = rig(image, random)) {
        assertEquals(Map.of(), after.lost, what);
        assertEquals(null, run.oracle.wrong(at, at, after.found), what);
      }
    }
  }

  /** The log goes on in a segment that is older than the area. */
  @Test
  void anAreaThatIsOpenedWhereTheLogGoesOnIsFoundAgain() {
    Random random = new Random(seed);
    CrashRig first = rig(formatted, random);
    PageKey key = new PageKey(CrashRig.AREA, 1);
    try (first) {
      first.open(0);
      assertTrue(first.store(key, MOST_BYTES));
      first.disk.mark();
    }
    byte[] crashed = first.disk.after(first.disk.marked(), CrashDisk.Outcome.ALL, random);
    CrashRig second = rig(crashed, random);
    PageKey later = new PageKey(CrashRig.AREA, 2);
    try (second) {
      Rig.await(second.backend.dropDurable(CrashRig.AREA));
      second.open(0);
      assertTrue(second.store(later, MOST_BYTES));
      second.disk.mark();
    }
    byte[] again = second.disk.after(second.disk.marked(), CrashDisk.Outcome.ALL, random);
    try (CrashRig third = rig(again, random)) {
      assertTrue(third.found.containsKey(later), "found " + third.found.keySet());
    }
  }
}

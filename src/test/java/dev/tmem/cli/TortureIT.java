package dev.tmem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, real faults. */
class TortureIT {

  /** On a machine with much else to do. */
  private static final long PATIENCE_SECONDS = 1_200;

  private static final long END_SECONDS = 120;

  /** What a run says that breaks off since a node was not heard in time. */
  private static final String NOT_HEARD = " did not answer in ";

  /** What the first problem says of a run that breaks off since the cluster did not heal. */
  private static final String NOT_HEALED = "still after ";

  @TempDir Path folder;

  private Launch torture(String... arguments) throws IOException {
    Path temporary = Files.createDirectories(folder.resolve("tmp"));
    String[] all = Stream.concat(Stream.of("torture"), Stream.of(arguments)).toArray(String[]::new);
    return Launch.startWith("-Djava.io.tmpdir=" + temporary, folder, all);
  }

  private void assertGood(Launch torture) throws Exception {
    assertEquals(0, torture.exitCode(PATIENCE_SECONDS), torture.out() + torture.err());
    JsonObject json = new JsonObject(torture.out());
    for (String word : List.of("stale", "lost", "misplaced", "corrupt", "leaked", "hung")) {
      assertEquals(0, json.getLong(word), torture.out());
    }
    assertFalse(json.getJsonArray("steps").isEmpty(), torture.out());
    JsonObject found = json.getJsonObject("findings");
    assertTrue(found.getLong("copies in ramster") > 0, torture.out());
    assertTrue(found.getLong("verified") > 0, torture.out());
    assertNothingIsLeft();
  }

  private void assertNothingIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
      assertTrue(left.noneMatch(path -> path.getFileName().toString().startsWith("tmem-torture")));
    }
  }

  @Test
  void nothingIsLostThroughKillsAndPauses() throws Exception {
    try (Launch torture = torture("--seconds", "20", "--seed", "5", "--json")) {
      assertGood(torture);
    }
  }

  /**
   * Whether a cut cluster finds together again in time is not asked of every run, but one of some
   * must come to its end; and in none may a page be stale.
   */
  private void assertNothingStale(int seconds, int... seeds) throws Exception {
    StringBuilder brokenOff = new StringBuilder();
    for (int seed : seeds) {
      String[] arguments = {
        "--workload", "shared", "--seconds", "" + seconds, "--seed", "" + seed, "--json"
      };
      try (Launch torture = torture(arguments)) {
        if (cameToItsEnd(torture)) {
          return;
        }
        brokenOff.append("seed ").append(seed).append(": ").append(torture.err());
        brokenOff.append(torture.out()).append(System.lineSeparator());
      }
    }
    fail("no run came to its end: " + brokenOff);
  }

  /**
   * False: it broke off, since the cluster did not heal, or a node was not heard in time; nothing
   * was stale till then. Whatever else is wrong is a failure.
   */
  private boolean cameToItsEnd(Launch torture) throws Exception {
    int exitCode = torture.exitCode(PATIENCE_SECONDS);
    assertNothingIsLeft();
    if (torture.out().isBlank()) {
      assertTrue(exitCode != 0 && torture.err().contains(NOT_HEARD), torture.err());
      return false;
    }
    JsonObject json = new JsonObject(torture.out());
    for (String word : List.of("stale", "misplaced", "corrupt", "hung")) {
      assertEquals(0, json.getLong(word), torture.out());
    }
    JsonObject found = json.getJsonObject("findings");
    assertEquals(0, found.getLong("refused gets", 0L), torture.out());
    JsonArray problems = json.getJsonArray("problems");
    if (!problems.isEmpty()) {
      assertTrue(exitCode != 0, torture.out());
      assertTrue(problems.getString(0).startsWith(NOT_HEALED), torture.out() + torture.err());
      return false;
    }
    assertEquals(0, exitCode, torture.out() + torture.err());
    assertEquals(0, json.getLong("leaked"), torture.out());
    assertTrue(found.getLong("hits") > 0, torture.out());
    assertTrue(found.getLong("verified") > 0, torture.out());
    return true;
  }

  @Test
  void noPageOfASharedCacheIsStaleThroughFaults() throws Exception {
    assertNothingStale(15, 21, 31, 41);
  }

  @Test
  @Tag("long")
  void noPageOfASharedCacheIsStaleInThreeMinutesOfFaults() throws Exception {
    assertNothingStale(180, 22, 32, 42);
  }

  @Test
  @Tag("long")
  void nothingIsLostInThreeMinutesOfEverything() throws Exception {
    try (Launch torture = torture("--seconds", "180", "--seed", "11", "--json")) {
      assertGood(torture);
    }
  }

  @Test
  @Tag("long")
  void nothingIsLostOverTheEventBus() throws Exception {
    try (Launch torture =
        torture("--seconds", "90", "--seed", "12", "--transport", "eventbus", "--json")) {
      assertGood(torture);
    }
  }

  @Test
  void aTortureThatIsInterruptedLeavesNothing() throws Exception {
    try (Launch torture = torture("--seconds", "600", "--faults", "pause", "--nodes", "2")) {
      torture.awaitWords("Started in ");
      List<ProcessHandle> members = torture.process().descendants().toList();
      assertTrue(members.size() >= 2, members::toString);
      torture.process().destroy();
      assertTrue(torture.process().waitFor(END_SECONDS, TimeUnit.SECONDS));
      for (ProcessHandle member : members) {
        member.onExit().get(END_SECONDS, TimeUnit.SECONDS);
      }
      assertNothingIsLeft();
    }
  }
}

package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** C9: the memory limit against what the operating system counts, in a process of its own. */
class MemoryLimitIT {

  private static final long LIMIT = 96L << 20;
  private static final long LOWERED = 48L << 20;
  private static final int PAGES = 80_000;

  /**
   * What the process may grow by beyond the limit between two looks, in bytes: compiled code, class
   * data, thread stacks and the collector's own tables, none of which the node chooses.
   */
  private static final long TOLERANCE = 12L << 20;

  private static final long PATIENCE_MINUTES = 4;

  @TempDir Path folder;

  @Test
  @EnabledOnOs(OS.LINUX)
  void rssStaysWithinTheLimitAndFollowsItDown() throws Exception {
    Map<String, JsonObject> looks = run();
    JsonObject empty = look(looks, "empty");
    JsonObject full = look(looks, "full");
    assertEquals(PAGES, full.getLong("pages"));
    // Twice the limit is stored: a part of it lies on disk, and the rest fills the pool.
    assertTrue(full.getLong("inRam") < PAGES * 3 / 4, full.encode());
    assertTrue(full.getLong("used") > LIMIT * 3 / 4, full.encode());
    assertWithin(LIMIT, empty, full);
    JsonObject lowered = look(looks, "lowered");
    assertEquals(PAGES, lowered.getLong("pages"));
    assertTrue(lowered.getLong("used") <= LOWERED, lowered.encode());
    assertWithin(LOWERED, empty, lowered);
    long less = full.getLong("rss") - lowered.getLong("rss");
    assertTrue(less > (LIMIT - LOWERED) / 2, "given back: " + less + " bytes");
    assertWithin(LIMIT, empty, look(looks, "raised"));
    JsonObject emptied = look(looks, "emptied");
    assertTrue(emptied.getLong("used") < LIMIT / 4, emptied.encode());
    assertWithin(emptied.getLong("used"), empty, emptied);
  }

  private static JsonObject look(Map<String, JsonObject> looks, String when) {
    return Objects.requireNonNull(looks.get(when), when);
  }

  private static void assertWithin(long limit, JsonObject empty, JsonObject look) {
    // What was used when the process was empty is in both.
    long growth = look.getLong("rss") - empty.getLong("rss") + empty.getLong("used");
    assertTrue(
        growth <= limit + TOLERANCE,
        look.getString("when") + ": grown by " + growth + " bytes, the limit is " + limit);
  }

  private Map<String, JsonObject> run() throws Exception {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms96m",
                "-Xmx96m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", // the optimising compiler takes tens of MiB at will
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                LimitProcess.class.getName(),
                folder.resolve("data").toString(),
                String.valueOf(LIMIT),
                String.valueOf(LOWERED),
                String.valueOf(PAGES))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      boolean ended = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
      String said = Files.readString(out) + Files.readString(err);
      assertTrue(ended, said);
      assertEquals(0, process.exitValue(), said);
    } finally {
      process.destroyForcibly();
    }
    Map<String, JsonObject> looks = new HashMap<>();
    List<String> lines = Files.readAllLines(out);
    for (String line : lines) {
      if (line.startsWith("{")) {
        JsonObject look = new JsonObject(line);
        looks.put(look.getString("when"), look);
        System.out.println(line);
      }
    }
    return looks;
  }
}

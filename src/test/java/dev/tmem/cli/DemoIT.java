package dev.tmem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Until;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration, small, with real processes. */
class DemoIT {

  private static final List<String> TIERS = List.of("zram", "ramster", "swapfile");

  @TempDir Path folder;

  private Launch demo() throws IOException {
    Path jar = Path.of(System.getProperty("tmem.jar", "target/tmem.jar")).toAbsolutePath();
    Path jvm = Path.of(System.getProperty("java.home"), "lib", "server");
    Path temporary = Files.createDirectories(folder.resolve("tmp"));
    return Launch.startWith(
        "-Djava.io.tmpdir=" + temporary,
        folder,
        "demo",
        "--nodes",
        "3",
        "--pool",
        "16m",
        "--json",
        "--data",
        jar.toString(),
        "--data",
        jvm.toString());
  }

  private void assertNothingIsLeft() throws IOException {
    try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
      assertTrue(left.noneMatch(path -> path.getFileName().toString().startsWith("tmem-demo")));
    }
  }

  @Test
  void everyTierGetsPagesAndEachPageIsRight() throws Exception {
    try (Launch demo = demo()) {
      assertEquals(0, demo.exitCode(), demo.out() + demo.err());
      JsonObject json = new JsonObject(demo.out());
      long pages = json.getLong("pages");
      assertEquals(pages, json.getLong("verified"));
      assertEquals(0, json.getLong("stale"));
      assertEquals(0, json.getLong("lost"));
      assertEquals(0, json.getLong("corrupt"));
      assertEquals(pages / 4.0, json.getLong("overwritten"), 1);
      assertTrue(List.of("demo-2", "demo-3").contains(json.getString("killedNode")), demo.out());
      assertEquals(3, json.getJsonArray("nodes").size());
      assertTrue(json.getLong("compressedBytes") < json.getLong("bytes"));
      assertTrue(json.getLong("storePagesPerSecond") > 0);
      long sum = 0;
      for (String tier : TIERS) {
        long inTier = json.getJsonObject("pagesByBackend").getLong(tier);
        assertTrue(inTier > 0, tier);
        assertTrue(json.getJsonObject("loadPagesPerSecond").getLong(tier) > 0, tier);
        sum += inTier;
      }
      assertEquals(pages, sum);
      assertTrue(demo.err().contains("All pages are right."), demo.err());
    }
    assertNothingIsLeft();
  }

  @Test
  void itTakesItsNodesAlongWhenItIsStopped() throws Exception {
    try (Launch demo = demo()) {
      demo.awaitWords("Started in");
      List<ProcessHandle> nodes = demo.process().descendants().toList();
      assertEquals(3, nodes.size());
      demo.process().toHandle().destroy();
      assertEquals(128 + 15, demo.exitCode());
      for (ProcessHandle node : nodes) {
        node.onExit().get(Until.SECONDS, TimeUnit.SECONDS);
        assertFalse(node.isAlive());
      }
    }
    assertNothingIsLeft();
  }
}

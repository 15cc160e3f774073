package dev.tmem.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small benchmark, by the jar, with processes and pages as in a large one. */
class BenchIT {

  private static final long PATIENCE_SECONDS = 600;

  /** One of each kind of job; none that has to be fetched first. */
  private static final List<String> ROWS =
      List.of(
          "store-1",
          "load-1",
          "alloc",
          "rss-fill",
          "rss-churn",
          "rss-back",
          "meta",
          "tail",
          "hashmap");

  @TempDir Path folder;

  private static final List<String> DISPATCH_ROWS =
      List.of(
          "hit-cost",
          "invalidate-object",
          "batch-local",
          "batch-bus",
          "bus-p50",
          "bus-batch",
          "listeners");

  private static final List<String> RAMSTER_ROWS = List.of("load-p50", "load-64", "remotify");

  /** Those that write no gigabytes. */
  private static final List<String> SWAPFILE_ROWS =
      List.of("demote", "load", "durable", "ram", "recovery");

  private static final List<String> SHARED_ROWS =
      List.of("get-p50", "imap-rate", "imap-memory", "loader", "kill-hits", "join-hits", "balance");

  @Test
  void rowsOfTheSwapFileAreMeasured() throws Exception {
    measured("swapfile", SWAPFILE_ROWS);
  }

  @Test
  void rowsOfPeersAreMeasuredWithALenderInAProcessOfItsOwn() throws Exception {
    measured("ramster", RAMSTER_ROWS);
  }

  /** A node is killed and two join, in processes of their own; every page is compared. */
  @Test
  void rowsOfSharedCachesAreMeasuredWhileNodesComeAndGo() throws Exception {
    measured("shared", SHARED_ROWS);
  }

  @Test
  void rowsAreMeasuredAndStandardOutputIsOneObject() throws Exception {
    String progress = measured("zram", ROWS);
    assertTrue(progress.contains("LZ4 takes them to "), progress);
  }

  @Test
  void rowsOfTheDispatcherAreMeasuredWithANodeInAProcessOfItsOwn() throws Exception {
    measured("dispatch", DISPATCH_ROWS);
  }

  /** Runs a benchmark, and looks at what it says; its progress. */
  private String measured(String bench, List<String> wanted) throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    int exit =
        run(out, err, bench, "--pages", "2000", "--json", "--rows", String.join(",", wanted));
    assertEquals(0, exit, () -> text(err));
    JsonObject json = new JsonObject(Files.readString(out));
    assertEquals(bench, json.getString("bench"));
    assertEquals(2000, json.getLong("pages"));
    assertEquals(1, json.getLong("seed"));
    List<JsonObject> rows = json.getJsonArray("rows").stream().map(JsonObject.class::cast).toList();
    assertEquals(wanted, rows.stream().map(row -> row.getString("row")).toList());
    for (JsonObject row : rows) {
      assertTrue(
          row.fieldNames()
              .containsAll(Set.of("row", "ours", "beside", "unit", "ratio", "goal", "better")),
          row::encode);
      assertEquals(row.getValue("beside") == null, row.getValue("ratio") == null, row::encode);
    }
    return text(err);
  }

  private int run(Path out, Path err, String... arguments)
      throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    ProcessBuilder builder =
        new ProcessBuilder(java.toString(), "-jar", System.getProperty("tmem.jar"), "bench");
    builder.command().addAll(List.of(arguments));
    builder.directory(folder.toFile());
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try {
      assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), () -> text(err));
      return process.exitValue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException gone) {
      return gone.toString();
    }
  }
}

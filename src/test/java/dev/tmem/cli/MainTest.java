package dev.tmem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.cli.terminal.Screen;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

  @TempDir Path folder;

  private final Screen screen = new Screen();

  private int run(String... arguments) {
    return Main.run(screen.plain(), arguments);
  }

  private void assertOneLine(String start, String part) {
    String err = screen.err();
    assertEquals(1, err.lines().count(), err);
    assertTrue(err.startsWith(start), err);
    assertTrue(err.contains(part), err);
    assertEquals("", screen.out());
  }

  /** Which admin commands have their row is seen to elsewhere. */
  @Test
  void helpListsTheAdminCommandsThatAreDocumented() throws IOException {
    assertEquals(0, run("admin", "--help"));
    String help = screen.out().replaceAll("\\s+", " ").replaceAll("[.,] ", " ");
    String document = Files.readString(Path.of("docs", "admin.md"));
    int from = document.indexOf("## Commands");
    String table = document.substring(from, document.indexOf("\n## ", from));
    List<String> commands =
        Pattern.compile("^\\| `([a-z-]+)`", Pattern.MULTILINE)
            .matcher(table)
            .results()
            .map(row -> row.group(1))
            .toList();
    assertTrue(commands.size() > 30, commands::toString);
    for (String command : commands) {
      assertTrue(help.contains(" " + command + " "), command);
    }
  }

  @Test
  void helpListsTheCommands() {
    assertEquals(0, run("--help"));
    for (String command :
        new String[] {
          "node",
          "import",
          "export",
          "stats",
          "areas",
          "caches",
          "backends",
          "peers",
          "slots",
          "classes",
          "drain",
          "admin",
          "demo",
          "simulate",
          "bench"
        }) {
      assertTrue(screen.out().contains("\n  " + command + " "), command);
    }
    assertEquals("", screen.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "node",
        "import",
        "export",
        "stats",
        "areas",
        "caches",
        "backends",
        "peers",
        "slots",
        "classes",
        "drain",
        "admin",
        "demo",
        "simulate",
        "bench"
      })
  void everyCommandHasHelp(String command) {
    assertEquals(0, run(command, "--help"));
    assertTrue(screen.out().startsWith("Usage: tmem " + command), screen.out());
    assertTrue(screen.out().contains("wrong usage"), screen.out());
    assertEquals("", screen.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import",
        "export",
        "stats",
        "areas",
        "caches",
        "backends",
        "peers",
        "slots",
        "classes",
        "drain",
        "admin"
      })
  void clientCommandsCanBeToldWhereTheNodeIs(String command) {
    run(command, "--help");
    assertTrue(screen.out().contains("--node=NAME"), screen.out());
    assertTrue(screen.out().contains("--join=HOST:PORT,..."), screen.out());
    assertTrue(screen.out().contains("--json"), screen.out());
  }

  @Test
  void withoutACommandItIsWrongUsage() {
    assertEquals(2, run());
    assertOneLine("tmem: ", "a command is needed; see tmem --help");
  }

  @Test
  void anUnknownCommandIsWrongUsage() {
    assertEquals(2, run("exprot"));
    assertOneLine("tmem: ", "exprot");
  }

  @Test
  void anUnknownOptionIsWrongUsage() {
    assertEquals(2, run("stats", "--jsno"));
    assertOneLine("tmem stats: ", "see tmem stats --help");
  }

  @Test
  void aMissingParameterIsWrongUsage() {
    assertEquals(2, run("import", "area"));
    assertOneLine("tmem import: ", "FILE");
  }

  @Test
  void aBadValueIsWrongUsage() throws IOException {
    assertEquals(2, run("demo", "--pool", "lots"));
    assertOneLine("tmem demo: ", "--pool: lots is not allowed");
  }

  @Test
  void aClusterThatIsTooSmallToSimulateIsWrongUsage() {
    assertEquals(2, run("simulate", "--nodes", "2"));
    assertOneLine("tmem simulate: ", "--nodes: 2 is not allowed; 3 to 9 is");
  }

  @Test
  void aSimulationSaysHowFarItCame() {
    assertEquals(0, run("simulate", "--seed", "5", "--runs", "3", "--json"));
    JsonObject outcome = new JsonObject(screen.out());
    assertEquals(3, outcome.getInteger("schedules"));
    assertTrue(outcome.getDouble("schedulesPerSecond") > 0, screen.out());
    assertEquals(0, run("simulate", "--seed", "5", "--runs", "3"));
    assertTrue(screen.out().contains("no contract was broken"), screen.out());
  }

  @Test
  void sharedCachesCanBeSimulated() {
    assertEquals(0, run("simulate", "--workload", "shared", "--runs", "3"));
    assertTrue(screen.out().contains("no contract was broken"), screen.out());
  }

  @Test
  void aSimulationOfSharedCachesHasItsOwnNumberOfNodes() {
    assertEquals(2, run("simulate", "--workload", "shared", "--nodes", "8"));
    assertOneLine("tmem simulate: ", "--nodes: 8 is not allowed; 1 to 7 is");
    assertEquals(2, run("simulate", "--workload", "other"));
  }

  @Test
  void anUnknownBenchmarkIsWrongUsage() {
    assertEquals(2, run("bench", "zrma"));
    assertOneLine(
        "tmem bench: ",
        "NAME: zrma is not allowed; zram, dispatch, ramster, swapfile, shared or all is");
  }

  @Test
  void aBadAddressIsWrongUsage() {
    assertEquals(2, run("stats", "--join", "nowhere"));
    assertOneLine("tmem stats: ", "--join: nowhere is not allowed");
  }

  @Test
  void aBadPageSizeIsWrongUsage() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertEquals(2, run("import", "a", file.toString(), "--page-size", "3000"));
    assertOneLine("tmem import: ", "pageSize: 3000 is not allowed");
  }

  @Test
  void aBadAreaNameIsWrongUsage() {
    assertEquals(2, run("export", "no spaces", folder.resolve("out").toString()));
    assertOneLine("tmem export: ", "no spaces is not allowed");
  }

  @Test
  void argumentsOfAnAdminCommandMustBeJson() {
    assertEquals(2, run("admin", "memory-limit", "64m"));
    assertOneLine("tmem admin: ", "not a JSON object: 64m");
  }

  @Test
  void aFileThatIsNotThereIsAFailure() {
    assertEquals(1, run("import", "a", folder.resolve("none").toString()));
    assertOneLine("tmem import: ", folder.resolve("none") + ": no such file");
  }

  @Test
  void aFolderIsNoFile() {
    assertEquals(1, run("import", "a", folder.toString()));
    assertOneLine("tmem import: ", "is a folder");
  }

  @Test
  void aFileThatIsThereIsNotReplaced() throws IOException {
    Path there = Files.createFile(folder.resolve("there"));
    assertEquals(1, run("export", "a", there.toString()));
    assertOneLine("tmem export: ", "exists already; --force replaces it");
  }

  @Test
  void aConfigurationThatIsWrongNamesKeyAndFile() throws IOException {
    Path config = Files.writeString(folder.resolve("node.json"), "{\"memroyLimit\": 1}");
    assertEquals(2, run("node", "--config", config.toString()));
    assertOneLine("tmem node: ", "memroyLimit");
    assertTrue(screen.err().contains(config.toString()), screen.err());
  }

  @Test
  void wherePeopleLookForNothingItSaysHowToGoOn() {
    assertEquals(1, run("stats", "--join", "127.0.0.1:1"));
    assertOneLine("tmem stats: ", "no member listens at");
  }

  @Test
  void verboseShowsWhere() {
    assertEquals(1, run("import", "--verbose", "a", folder.resolve("none").toString()));
    assertTrue(screen.err().contains("\tat dev.tmem.cli.ImportCommand"), screen.err());
  }

  @Test
  void helpIsPlainWhereNobodyLooks() {
    run("--help");
    assertFalse(screen.out().contains("\u001b"));
  }

  @Test
  void demoTakesSeveralPaths() {
    assertEquals(1, run("demo", "--data", folder + "/x", "--data", folder + "/y"));
    assertOneLine("tmem demo: ", folder + "/x: no such file");
  }
}

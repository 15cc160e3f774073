package dev.tmem.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.cli.terminal.Screen;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Client commands against a node in a process of its own. Files go in and out by the launcher,
 * which finds the node by the folder; the other commands run here and are told where it is.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandsIT {

  private Path folder;
  private Launch node;
  private String address;

  @BeforeAll
  void aNode(@TempDir Path temporary) throws IOException {
    folder = temporary;
    node = Launch.start(folder, "node", "--name", "one");
    node.awaitWords("ready one ");
    Matcher ready = Pattern.compile("cluster=(\\S+)").matcher(node.out());
    assertTrue(ready.find(), node.out());
    address = ready.group(1);
  }

  @AfterAll
  void theNodeLeavesInOrder() throws IOException, InterruptedException {
    try (Launch last = node) {
      assertTrue(Files.exists(folder.resolve("tmem-data/one/node.json")));
      last.process().toHandle().destroy();
      assertEquals(128 + 15, last.exitCode());
      assertTrue(last.err().contains("node one has left"), last.err());
      assertFalse(Files.exists(folder.resolve("tmem-data/one/node.json")));
    }
  }

  private String launched(String... arguments) throws IOException, InterruptedException {
    Launch launch = Launch.run(folder, arguments);
    assertEquals(0, launch.exitCode(), launch.err());
    return launch.out();
  }

  private int run(Screen screen, String... arguments) {
    List<String> words = new ArrayList<>(List.of(arguments));
    words.add("--join");
    words.add(address);
    return Main.run(screen.plain(), words.toArray(String[]::new));
  }

  private String done(String... arguments) {
    Screen screen = new Screen();
    assertEquals(0, run(screen, arguments), screen.err());
    return screen.out();
  }

  private void refused(int exit, String words, String... arguments) {
    Screen screen = new Screen();
    assertEquals(exit, run(screen, arguments), screen.err());
    assertEquals("", screen.out());
    assertEquals(1, screen.err().lines().count(), screen.err());
    assertTrue(screen.err().contains(words), screen.err());
  }

  @Test
  void aFileGoesInAndComesOutAsItWas() throws Exception {
    byte[] content = new byte[5_000_003];
    new Random(3).nextBytes(content);
    Path in = Files.write(folder.resolve("a file"), content);
    assertTrue(launched("import", "files", "a file").startsWith("1,221 pages, 4.8 MiB, in "));
    launched("export", "files", "out");
    Path out = folder.resolve("out");
    assertEquals(-1, Files.mismatch(in, out));
    refused(1, "out: exists already; --force replaces it", "export", "files", out.toString());

    Files.write(in, Arrays.copyOf(content, 8192));
    JsonObject shorter = new JsonObject(done("import", "files", in.toString(), "--json"));
    assertEquals(2, shorter.getLong("pages"));
    assertEquals(1219, shorter.getLong("invalidated"));
    assertEquals("one", shorter.getString("node"));
    JsonObject said = new JsonObject(done("export", "--force", "files", out.toString(), "--json"));
    assertEquals(8192, said.getLong("bytes"));
    assertEquals(-1, Files.mismatch(in, out));
  }

  @Test
  void theNodeIsSeenInTablesAndInJson() throws Exception {
    String backends = done("backends");
    List<String> names = List.of("zram", "ramster", "swapfile");
    for (String name : names) {
      assertTrue(backends.contains("\n" + name), backends);
    }
    JsonObject json = new JsonObject(done("backends", "--json", "--node", "one"));
    assertEquals(
        names,
        json.getJsonArray("backends").stream()
            .map(backend -> ((JsonObject) backend).getString("name"))
            .toList());
    assertTrue(done("stats").matches("(?s)node +one\\n.*"));
    assertEquals("one", new JsonObject(done("stats", "--json")).getString("node"));
    assertEquals("one has no peers", done("peers").strip());
    done("admin", "swap-on", "{\"area\":\"seen\"}");
    assertEquals("no pages there", done("slots", "seen", "0", "9").strip());
    assertEquals(0, new JsonObject(done("slots", "seen", "--json")).getJsonArray("slots").size());
    assertTrue(new JsonObject(done("classes", "--json")).containsKey("classes"));
  }

  @Test
  void adminCommandsAnswerInJson() throws Exception {
    done("admin", "swap-on", "{\"area\":\"made\",\"pageSize\":8192}");
    String areas = done("areas");
    assertTrue(areas.contains("\nmade "), areas);
    assertTrue(areas.contains("8.0 KiB"), areas);
    assertEquals("made", new JsonObject(done("stats", "made", "--json")).getString("area"));
    assertEquals("one has no caches", done("caches").strip());
    assertTrue(new JsonObject(done("admin", "check")).getBoolean("ok"));
    refused(2, "there is no command swpa-on; there are stats, areas", "admin", "swpa-on");
    refused(2, "it takes area", "admin", "swap-off", "{\"aera\":\"made\"}");
    refused(1, "nowhere", "stats", "nowhere");
  }

  @Test
  void whoIsNotThereIsSaidNotToBe() throws Exception {
    refused(1, "there is no node two; there are one", "stats", "--node", "two");
    String data = folder.resolve("tmem-data/one").toString();
    refused(1, "in use by node one", "node", "--name", "one", "--data", data);
  }
}

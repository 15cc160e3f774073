package dev.tmem.house;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples do what their READMEs say, each in a process of its own. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ExamplesIT {

  private static final long SEED = 20_250_917;

  /** Bytes of the file to sort: more than the heap of the process that sorts it. */
  private static final long SORT_BYTES = 96 << 20;

  private static final String SORT_HEAP = "-Xmx64m";

  /** Sessions of 60,000 bytes that no codec makes smaller: twice what the pool holds. */
  private static final int SESSIONS = 1_000;

  private static final int SESSION_BYTES = 60_000;

  private static final String SMALL_NODE =
      new JsonObject().put("memoryLimit", "32m").put("swapFileSize", "256m").encode();

  @TempDir Path folder = Path.of("");

  /** What it has to say is not lost among what libraries have to say. */
  private static void assertQuiet(ExampleProcess example) {
    String text = example.text();
    assertTrue(text.lines().noneMatch(line -> line.contains(" DEBUG ")), text);
    assertTrue(text.lines().noneMatch(line -> line.contains("hazelcast")), text);
  }

  @Test
  void firstSteps() throws IOException, InterruptedException {
    String main = "examples/first-steps/src/firststeps/FirstSteps.java";
    try (ExampleProcess example = new ExampleProcess(folder, List.of(), main)) {
      assertEquals(0, example.exitCode(), example::text);
      assertTrue(example.text().contains("a page of up to 4096 bytes"), example::text);
      assertQuiet(example);
    }
  }

  /** Built as its pom says, but for the library, which is in no repository yet. */
  @Test
  void aBackendOfOnesOwnFromAJarOfItsOwn() throws IOException, InterruptedException {
    Path jar = folder.resolve("directory-backend.jar");
    ExampleJar.build("examples/directory-backend", folder.resolve("classes"), jar);
    Path attic = folder.resolve("attic");
    try (ExampleProcess example =
        new ExampleProcess(folder, List.of(), List.of(jar), "directory.Attic", attic.toString())) {
      assertEquals(0, example.exitCode(), example::text);
      assertTrue(example.text().contains("2000 pages in attic"), example::text);
      assertTrue(example.text().contains("all are right; 2000 pages without"), example::text);
    }
    try (var files = Files.list(attic)) {
      assertEquals(List.of("lock"), files.map(file -> file.getFileName().toString()).toList());
    }
  }

  @Test
  void filesAreReadFromTheCacheTheSecondTime() throws IOException, InterruptedException {
    Path file = Files.write(folder.resolve("file"), new byte[200_000]);
    String main = "examples/file-cache/src/filecache/FileCache.java";
    try (ExampleProcess example = new ExampleProcess(folder, List.of(), main, file.toString())) {
      assertEquals(0, example.exitCode(), example::text);
      assertTrue(example.text().contains("4 pieces from the disk, 0 from the"), example::text);
      assertTrue(example.text().contains("0 pieces from the disk, 4 from the"), example::text);
    }
  }

  @Test
  void theServiceIsCalledOnceForEachPageByThreeNodes() throws IOException, InterruptedException {
    String main = "examples/page-cache/src/pagecache/PageCache.java";
    try (ExampleProcess example = new ExampleProcess(folder, List.of(), main)) {
      assertEquals(0, example.exitCode(), example::text);
      assertTrue(example.text().contains("at once: 60 requests, 20 calls"), example::text);
      assertTrue(example.text().contains("again: 60 requests, 0 calls"), example::text);
      assertTrue(example.text().contains("changed: 60 requests, 1 calls"), example::text);
      assertQuiet(example);
    }
  }

  @Test
  void externalSortOfMoreThanTheHeap() throws IOException, InterruptedException {
    Path input = folder.resolve("input.txt");
    Path output = folder.resolve("output.txt");
    long[] written = writeLines(input);
    String main = "examples/external-sort/src/externalsort/ExternalSort.java";
    try (ExampleProcess example =
        new ExampleProcess(
            folder, List.of(SORT_HEAP), main, input.toString(), output.toString(), SMALL_NODE)) {
      assertEquals(0, example.exitCode(), example::text);
      assertTrue(example.text().contains(written[0] + " lines in "), example::text);
    }
    assertArrayEquals(written, readSortedLines(output));
  }

  @Test
  void externalSortOfNothing() throws IOException, InterruptedException {
    Path input = Files.createFile(folder.resolve("empty.txt"));
    Path output = folder.resolve("output.txt");
    String main = "examples/external-sort/src/externalsort/ExternalSort.java";
    try (ExampleProcess example =
        new ExampleProcess(
            folder, List.of(), main, input.toString(), output.toString(), SMALL_NODE)) {
      assertEquals(0, example.exitCode(), example::text);
    }
    assertEquals(0, Files.size(output));
  }

  @Test
  void sessionStoreWithMoreThanThePool() throws IOException, InterruptedException {
    String main = "examples/session-store/src/sessions/SessionStore.java";
    try (ExampleProcess example = new ExampleProcess(folder, List.of(), main, "0", SMALL_NODE);
        HttpClient http = HttpClient.newHttpClient()) {
      Client client = new Client(http, example.lineAfter("listening on "));
      Random random = new Random(SEED);
      List<String> ids = new ArrayList<>();
      List<byte[]> blobs = new ArrayList<>();
      for (int i = 0; i < SESSIONS; i++) {
        byte[] blob = new byte[SESSION_BYTES];
        random.nextBytes(blob);
        HttpResponse<byte[]> created = client.send("POST", "/sessions", blob);
        assertEquals(201, created.statusCode());
        ids.add(text(created));
        blobs.add(blob);
      }
      for (int i = 0; i < SESSIONS; i += 3) {
        blobs.set(i, ("session " + i).getBytes(StandardCharsets.UTF_8));
        assertEquals(204, client.send("PUT", "/sessions/" + ids.get(i), blobs.get(i)).statusCode());
      }
      for (int i = 0; i < SESSIONS; i++) {
        HttpResponse<byte[]> read = client.send("GET", "/sessions/" + ids.get(i));
        assertEquals(200, read.statusCode(), "session " + i);
        assertArrayEquals(blobs.get(i), read.body(), "session " + i);
      }
      JsonObject stats = new JsonObject(text(client.send("GET", "/stats")));
      assertEquals(SESSIONS, stats.getLong("pages"), stats::encode);
      JsonObject pages = stats.getJsonObject("pagesByBackend");
      assertTrue(pages.getLong("zram") > 0, stats::encode);
      assertTrue(pages.getLong("swapfile") > 0, stats::encode);
      client.checkEnding(ids.getFirst());
      client.checkRefusals(ids.getLast());
      example.terminate();
      assertEquals(128 + 15, example.exitCode(), example::text);
    }
  }

  private record Client(HttpClient http, String base) {

    HttpResponse<byte[]> send(String method, String path, byte... body)
        throws IOException, InterruptedException {
      return send(
          HttpRequest.newBuilder(URI.create(base + path))
              .method(method, BodyPublishers.ofByteArray(body)));
    }

    HttpResponse<byte[]> send(HttpRequest.Builder request)
        throws IOException, InterruptedException {
      return http.send(request.build(), BodyHandlers.ofByteArray());
    }

    void checkEnding(String id) throws IOException, InterruptedException {
      assertEquals(204, send("DELETE", "/sessions/" + id).statusCode());
      assertEquals(404, send("DELETE", "/sessions/" + id).statusCode());
      assertEquals(404, send("GET", "/sessions/" + id).statusCode());
      assertEquals(404, send("PUT", "/sessions/" + id, (byte) 1).statusCode());
    }

    void checkRefusals(String id) throws IOException, InterruptedException {
      String guessed = "0".repeat(16) + id.substring(16);
      assertEquals(404, send("GET", "/sessions/" + guessed).statusCode());
      assertEquals(404, send("GET", "/sessions/no-id").statusCode());
      assertEquals(404, send("GET", "/elsewhere").statusCode());
      assertEquals(405, send("PATCH", "/sessions/" + id).statusCode());
      assertEquals(413, send("PUT", "/sessions/" + id, new byte[65_536]).statusCode());
      HttpRequest.Builder unmeasured =
          HttpRequest.newBuilder(URI.create(base + "/sessions/" + id))
              .PUT(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[1])));
      assertEquals(411, send(unmeasured).statusCode());
      assertEquals(200, send("GET", "/sessions/" + id).statusCode());
    }
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  /** Lines of many lengths: empty ones, equal ones, and one that is longer than several pages. */
  private static long[] writeLines(Path file) throws IOException {
    Random random = new Random(SEED);
    long[] sums = new long[2];
    long bytes = 0;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      while (bytes < SORT_BYTES) {
        int length = sums[0] == 1_000 ? 300_000 : random.nextInt(10) == 0 ? 0 : 40;
        StringBuilder line = new StringBuilder(length);
        while (line.length() < length) {
          line.append(Long.toString(random.nextLong(), Character.MAX_RADIX));
        }
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        bytes += line.length() + 1;
        count(sums, line.toString());
      }
    }
    return sums;
  }

  private static long[] readSortedLines(Path file) throws IOException {
    long[] sums = new long[2];
    try (BufferedReader in = Files.newBufferedReader(file)) {
      String before = "";
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        assertTrue(before.compareTo(line) <= 0, "line " + sums[0] + " is in order");
        before = line;
        count(sums, line);
      }
    }
    return sums;
  }

  /** The number of lines, and a sum that does not depend on their order. */
  private static void count(long[] sums, String line) {
    sums[0]++;
    long hash = 1_125_899_906_842_597L;
    for (int i = 0; i < line.length(); i++) {
      hash = 31 * hash + line.charAt(i);
    }
    sums[1] += hash * hash;
  }
}

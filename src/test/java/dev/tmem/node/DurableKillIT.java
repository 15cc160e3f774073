package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node is killed (SIGKILL) at random points, and started again on what it left: everything that
 * was acknowledged is there, whatever the area's {@code fsync}, since the system outlives it.
 */
class DurableKillIT {

  /** So many, and as many by command as {@code -Dtmem.kills} says. */
  private static final int KILLS = Integer.getInteger("tmem.kills", 20);

  /** The most acknowledgements a life has before it is killed. */
  private static final int MOST_ACKS = Integer.getInteger("tmem.kill.acks", 1000);

  @TempDir Path folder;

  private final long seed = Long.getLong("tmem.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** By offset the versions that may be there: the last acknowledged, and one begun after it. */
  private final List<List<Long>> allowed = new ArrayList<>();

  private long acks;

  @Test
  void whatWasAcknowledgedOutlivesEveryKill() throws Exception {
    System.out.println("DurableKillIT seed " + seed);
    for (String fsync : List.of("interval", "always")) {
      allowed.clear();
      for (int i = 0; i < DurableVictim.OFFSETS; i++) {
        allowed.add(new ArrayList<>(List.of(0L)));
      }
      int kills = fsync.equals("always") ? KILLS / 2 : KILLS - KILLS / 2;
      for (int life = 0; life < kills; life++) {
        liveAndDie(fsync, life);
      }
    }
    System.out.println(KILLS + " kills, " + acks + " acknowledged operations before them");
    assertTrue(acks > KILLS, "the lives were too short");
  }

  private void liveAndDie(String fsync, int life) throws Exception {
    Path expectations = folder.resolve("allowed.txt");
    List<String> lines = new ArrayList<>();
    for (List<Long> versions : allowed) {
      lines.add(String.join(" ", versions.stream().map(String::valueOf).toList()));
    }
    Files.write(expectations, lines);
    Path errors = folder.resolve("errors-" + fsync + ".txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                DurableVictim.class.getName(),
                folder.resolve("data-" + fsync).toString(),
                fsync,
                String.valueOf(random.nextLong()),
                expectations.toString())
            .redirectError(errors.toFile())
            .start();
    try (BufferedReader said = process.inputReader()) {
      watch(process, said, fsync + ", life " + life + ", seed " + seed, errors);
    } finally {
      process.destroyForcibly();
      assertTrue(process.waitFor(1, TimeUnit.MINUTES), "is still there after a kill");
    }
  }

  /** Reads what it says to its end, and kills it on the way. */
  private void watch(Process process, BufferedReader said, String what, Path errors)
      throws IOException {
    int left = 1 + random.nextInt(MOST_ACKS);
    boolean ready = false;
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      String[] words = line.split(" ", -1);
      // The last line may have been cut short by the kill.
      boolean whole = line.endsWith(" .") || line.equals("ready");
      switch (whole ? words[0] : "") {
        case "found" -> set(words, List.of(version(words)));
        case "ready" -> ready = true;
        case "b" -> allowed.get(offset(words)).add(version(words));
        case "a" -> {
          acks++;
          set(words, List.of(version(words)));
          if (--left == 0) {
            // By its handle: that leaves what it still says until it is gone to be read.
            assertTrue(process.toHandle().destroyForcibly(), "cannot be killed");
          }
        }
        default -> {
          // A line that was cut short by the kill says nothing; a failure says what is wrong.
          if (line.startsWith("wrong") || line.startsWith("failed")) {
            fail(what + ": " + line);
          }
        }
      }
    }
    assertTrue(ready, () -> what + ": it did not begin; " + read(errors));
    assertTrue(left <= 0, () -> what + ": it ended by itself; " + read(errors));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static int offset(String[] words) {
    return Integer.parseInt(words[1]);
  }

  private static long version(String[] words) {
    return Long.parseLong(words[2]);
  }

  private void set(String[] words, List<Long> versions) {
    allowed.set(offset(words), new ArrayList<>(versions));
  }
}

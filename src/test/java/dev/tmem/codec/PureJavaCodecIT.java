package dev.tmem.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the native library cannot be unpacked Java code does its work, and says so in one line. */
class PureJavaCodecIT {

  private static final long PATIENCE_MINUTES = 4;

  @TempDir Path folder;

  @Test
  void theJavaCodecStepsInAndSaysSoOnce() throws Exception {
    Path out = folder.resolve("out.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + folder.resolve("missing"),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                PureJavaProcess.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      boolean ended = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
      assertTrue(ended, Files.readString(out));
      assertEquals(0, process.exitValue(), Files.readString(out));
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(out);
    String said = String.join("\n", lines);
    assertTrue(lines.containsAll(List.of("native false", "compressed true")), said);
    assertTrue(lines.contains("right 200 of 200"), said);
    assertEquals(1, lines.stream().filter(line -> line.contains("native LZ4")).count(), said);
  }
}

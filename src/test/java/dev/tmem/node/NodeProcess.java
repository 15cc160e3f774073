package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A node in a process of its own; killed when closed. Confined to one thread. */
final class NodeProcess implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 120;

  private final Path log;
  private final Process process;

  private NodeProcess(Path log, Process process) {
    this.log = log;
    this.process = process;
  }

  /** Starts a node and waits until it takes requests. */
  static NodeProcess start(Path base, NodeOptions options) throws Exception {
    Path config = Files.createTempFile(base, "config-", ".json");
    Files.writeString(config, options.toJson().encode());
    Path log = Files.createTempFile(base, "log-", ".txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "dev.tmem.cli.Main",
            "node",
            "--config",
            config.toString()));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    NodeProcess node = new NodeProcess(log, process);
    try {
      Until.until(
          () -> {
            assertTrue(process.isAlive(), node.said());
            return node.said().contains("ready " + options.getTmem().getName());
          },
          "it is ready");
    } catch (AssertionError failed) {
      node.close();
      throw failed;
    }
    return node;
  }

  String said() throws IOException {
    return Files.readString(log);
  }

  /** Tells it to end (SIGTERM), and waits for that; its exit status. */
  int terminate() throws Exception {
    process.toHandle().destroy();
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), said());
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

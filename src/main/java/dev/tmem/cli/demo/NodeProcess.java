package dev.tmem.cli.demo;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One node in a process of its own. What it writes goes to a file beside its data.
 *
 * <p>Thread-safe: the process handle is; nothing else changes.
 */
final class NodeProcess {

  /** Two JVMs that start cold on two busy cores took nine seconds. */
  private static final long READY_SECONDS = 60;

  private static final long LEAVE_SECONDS = 15;

  /** The line a node writes when it takes requests. */
  private static final String READY = "ready";

  private final String name;
  private final Path log;
  private final Process process;
  private final CompletableFuture<String> ready = new CompletableFuture<>();
  private final Thread logReader;

  private NodeProcess(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.logReader = Thread.ofPlatform().daemon().name("log of " + name).unstarted(this::readLog);
  }

  /**
   * Starts it.
   *
   * @param folder of its files; holds its configuration
   */
  static NodeProcess start(JavaCommand java, String name, Path config, Path folder)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            java.with(List.of("node", "--config", config.toString(), "--while-stdin-is-open")));
    builder.redirectErrorStream(true);
    NodeProcess node = new NodeProcess(name, folder.resolve("log"), builder.start());
    node.logReader.start();
    return node;
  }

  private void readLog() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        BufferedWriter copy = Files.newBufferedWriter(log)) {
      String line = lines.readLine();
      while (line != null) {
        copy.write(line);
        copy.newLine();
        copy.flush();
        if (line.startsWith(READY)) {
          ready.complete(line);
        }
        line = lines.readLine();
      }
      ready.completeExceptionally(new IOException("it ended"));
    } catch (IOException closed) {
      ready.completeExceptionally(closed);
    }
  }

  String name() {
    return name;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until it takes requests. */
  void awaitReady() throws IOException {
    try {
      ready.get(READY_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failed) {
      throw new TmemException(
          ErrorCode.NODE_UNREACHABLE,
          "node " + name + " did not become ready; its last words: " + lastWords(),
          failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  private String lastWords() throws IOException {
    List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
    List<String> last = new ArrayList<>(lines.subList(Math.max(0, lines.size() - 3), lines.size()));
    return last.isEmpty() ? "none" : String.join("; ", last);
  }

  /** Ends it as a power cut would: SIGKILL. */
  void kill() throws IOException {
    process.destroyForcibly();
    if (!ends(LEAVE_SECONDS)) {
      throw new IOException("node " + name + " survives being killed");
    }
  }

  /** Asks it to leave; {@link #awaitEnd} waits for that. */
  void leave() {
    process.destroy();
  }

  /** Waits until it has left, and kills it if that takes too long. */
  void awaitEnd() {
    if (!ends(LEAVE_SECONDS)) {
      process.destroyForcibly();
      ends(LEAVE_SECONDS);
    }
  }

  /** Ends it at once, without waiting. */
  void destroy() {
    process.destroyForcibly();
  }

  /** Whether it has ended by then, and all it wrote is in its log. */
  private boolean ends(long seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS)
          && logReader.join(Duration.ofSeconds(LEAVE_SECONDS));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

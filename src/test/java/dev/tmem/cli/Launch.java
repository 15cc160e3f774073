package dev.tmem.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The real launcher, in a process of its own; what it says goes to files. Killed, with everything
 * it started, when closed. Confined to one thread.
 */
final class Launch implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 180;
  private static final long POLL_MILLIS = 20;

  private final Path out;
  private final Path err;
  private final Process process;

  private Launch(Path out, Path err, Process process) {
    this.out = out;
    this.err = err;
    this.process = process;
  }

  /**
   * @param folder where it runs
   */
  static Launch start(Path folder, String... arguments) throws IOException {
    return startWith("", folder, arguments);
  }

  /**
   * @param options of the JVM
   */
  static Launch startWith(String options, Path folder, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(
        Path.of(System.getProperty("tmem.root", ".")).toRealPath().resolve("tmem").toString());
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(folder, "out-", ".txt");
    Path err = Files.createTempFile(folder, "err-", ".txt");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("TMEM_OPTS", options);
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    return new Launch(out, err, builder.start());
  }

  /** Runs a command to its end. */
  static Launch run(Path folder, String... arguments) throws IOException, InterruptedException {
    try (Launch launch = start(folder, arguments)) {
      launch.exitCode();
      return launch;
    }
  }

  String out() throws IOException {
    return Files.readString(out);
  }

  String err() throws IOException {
    return Files.readString(err);
  }

  Process process() {
    return process;
  }

  /** Waits for its end. */
  int exitCode() throws IOException, InterruptedException {
    return exitCode(PATIENCE_SECONDS);
  }

  /** Waits for the end of something that takes its time. */
  int exitCode(long seconds) throws IOException, InterruptedException {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new AssertionError("still running; it said:\n" + out() + err());
    }
    return process.exitValue();
  }

  /** Waits until it has said this, on either stream. */
  void awaitWords(String words) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!(out() + err()).contains(words)) {
      if (!process.isAlive() || System.nanoTime() - end > 0) {
        throw new AssertionError("never said \"" + words + "\" but:\n" + out() + err());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS));
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}

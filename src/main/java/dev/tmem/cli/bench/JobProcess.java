package dev.tmem.cli.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The process of a job, from the side of the one who waits for it. It is ended by {@link #close},
 * by the end of this process, and by running for too long. Confined to one thread.
 */
final class JobProcess implements AutoCloseable {

  /** The exit code of a JVM whose heap was not enough. */
  static final int OUT_OF_MEMORY = 3;

  /** No job takes that long; the largest take some minutes. */
  private static final long LIMIT_MINUTES = 60;

  private static final long END_SECONDS = 30;

  private final Process process;
  private final Thread atShutdown;
  private final Thread watch;

  private JobProcess(Process process) {
    this.process = process;
    this.atShutdown = new Thread(process::destroyForcibly, "end of a job");
    this.watch = Thread.ofPlatform().daemon().name("limit of a job").unstarted(this::watch);
  }

  static JobProcess start(List<String> command) throws IOException {
    JobProcess started =
        new JobProcess(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    Runtime.getRuntime().addShutdownHook(started.atShutdown);
    started.watch.start();
    return started;
  }

  private void watch() {
    try {
      if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives every line on until there are no more; the exit code. */
  int lines(Consumer<String> to) throws IOException, InterruptedException {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String line = lines.readLine();
      while (line != null) {
        to.accept(line);
        line = lines.readLine();
      }
    }
    return process.waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    watch.interrupt();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("process " + process.pid() + " survives being killed");
      }
      Runtime.getRuntime().removeShutdownHook(atShutdown);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException ending) {
      if (process.isAlive()) {
        throw ending;
      }
    }
  }
}

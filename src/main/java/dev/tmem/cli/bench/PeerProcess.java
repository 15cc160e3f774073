package dev.tmem.cli.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A node for a benchmark in a process of its own on this machine. Confined to the main thread. */
final class PeerProcess implements AutoCloseable {

  /** What it writes when it takes requests, before the port of the bare side beside its node. */
  private static final String READY = "ready ";

  private static final long READY_SECONDS = 300;

  private final JobProcess process;
  private final CompletableFuture<Integer> port = new CompletableFuture<>();

  private PeerProcess(JobProcess process) {
    this.process = process;
    Thread.ofPlatform().daemon().name("words of a peer").start(this::read);
  }

  /**
   * @param main calls {@link #tellReady} when it takes requests
   * @param heap options of the JVM about its heap
   */
  static PeerProcess start(Class<?> main, List<String> heap, List<String> arguments)
      throws IOException {
    List<String> options = new ArrayList<>(heap);
    options.add("-XX:MaxDirectMemorySize=1t");
    return new PeerProcess(JobProcess.start(JobJvm.ofThis().command(main, options, arguments)));
  }

  /** What the other process says to the one that has started it. */
  static void tellReady(PrintStream out, int port) {
    out.println(READY + port);
    out.flush();
  }

  private void read() {
    try {
      int exit =
          process.lines(line -> {
            if (line.startsWith(READY)) {
              port.complete(Integer.parseInt(line.substring(READY.length())));
            }
          });
      port.completeExceptionally(new IOException("a peer's process ended with " + exit));
    } catch (IOException failed) {
      port.completeExceptionally(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The port of its bare side, as soon as it takes requests. */
  int awaitReady() throws IOException, InterruptedException, TimeoutException {
    try {
      return port.get(READY_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException ended) {
      throw new IOException(ended.getCause());
    }
  }

  @Override
  public void close() {
    process.close();
  }
}

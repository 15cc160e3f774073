package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A {@link LenderMain} in a process of its own on this machine. Confined to the main thread. */
final class LenderProcess implements AutoCloseable {

  private static final long READY_SECONDS = 300;
  private static final int HEAP_MIB = 512;

  private final JobProcess process;
  private final CompletableFuture<Integer> port = new CompletableFuture<>();

  private LenderProcess(JobProcess process) {
    this.process = process;
    Thread.ofPlatform().daemon().name("words of the lender").start(this::read);
  }

  static LenderProcess start(
      Path folder, String cluster, PeerTransport transport, int pages, long seed)
      throws IOException {
    return new LenderProcess(
        JobProcess.start(
            JobJvm.ofThis()
                .command(
                    LenderMain.class,
                    List.of(
                        "-Xms" + HEAP_MIB + "m",
                        "-Xmx" + HEAP_MIB + "m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:MaxDirectMemorySize=1t"),
                    LenderMain.arguments(folder, cluster, transport, pages, seed))));
  }

  private void read() {
    try {
      int exit =
          process.lines(line -> {
            if (line.startsWith(LenderMain.READY)) {
              port.complete(Integer.parseInt(line.substring(LenderMain.READY.length())));
            }
          });
      port.completeExceptionally(new IOException("the lender's process ended with " + exit));
    } catch (IOException failed) {
      port.completeExceptionally(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The port of its bare lender, as soon as it takes requests. */
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

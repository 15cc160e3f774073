package dev.tmem.cli.client;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs batches side by side, a few at a time, until one fails. {@link #submit} and {@link #finish}
 * are for one thread; batches run on virtual threads, on which they may block.
 */
public final class BatchWindow implements AutoCloseable {

  /** Enough to keep a node busy over the event bus; more only waits there. */
  public static final int WIDTH = 8;

  /** Work that may fail in the ways commands know. */
  public interface Batch {
    void run() throws IOException;
  }

  private final Semaphore free;
  private final int width;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  public BatchWindow() {
    this(WIDTH);
  }

  BatchWindow(int width) {
    this.width = width;
    this.free = new Semaphore(width);
  }

  /**
   * Starts a batch, once there is room.
   *
   * @throws IOException or an unchecked exception: the first failure of a batch
   */
  public void submit(Batch batch) throws IOException {
    free.acquireUninterruptibly();
    if (failure.get() != null) {
      free.release();
      rethrow();
    }
    threads.execute(() -> run(batch));
  }

  private void run(Batch batch) {
    try {
      batch.run();
    } catch (IOException | RuntimeException | Error failed) {
      failure.compareAndSet(null, failed);
    } finally {
      free.release();
    }
  }

  /** Waits for every batch; fails as {@link #submit} does. */
  public void finish() throws IOException {
    free.acquireUninterruptibly(width);
    free.release(width);
    rethrow();
  }

  private void rethrow() throws IOException {
    switch (failure.get()) {
      case null -> {}
      case IOException failed -> throw failed;
      case Error failed -> throw failed;
      case RuntimeException failed -> throw failed;
      case Throwable other -> throw new IllegalStateException(other);
    }
  }

  /** Waits for the batches that run, whatever becomes of them. */
  @Override
  public void close() {
    threads.close();
  }
}

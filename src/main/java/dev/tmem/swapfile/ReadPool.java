package dev.tmem.swapfile;

import dev.tmem.backend.Fetched;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that wait for the disk on behalf of loads and flushes; each read has a reader with a
 * buffer of its own. Thread-safe.
 */
final class ReadPool {

  /** Where a disk's random reads stop getting quicker, nearly. */
  static final int READERS = 8;

  /** Parts of requests that may wait; a request beyond that is told to come again. */
  static final int MAX_WAITING = 4096;

  private final ArrayBlockingQueue<RecordReader> idle;
  private final ThreadPoolExecutor threads;

  /**
   * @param readers {@link #READERS} of them
   */
  ReadPool(List<RecordReader> readers) {
    idle = new ArrayBlockingQueue<>(readers.size(), false, readers);
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            readers.size(),
            readers.size(),
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            task ->
                Thread.ofPlatform()
                    .name("tmem-swapfile-read-" + number.incrementAndGet())
                    .daemon()
                    .unstarted(task));
  }

  void read(GetRequest request) {
    for (int part = 0; part < request.parts(); part++) {
      int number = part;
      try {
        threads.execute(() -> read(request, number));
      } catch (RejectedExecutionException e) {
        refuse(request, number);
      }
    }
  }

  private void read(GetRequest request, int part) {
    // There are as many readers as threads, so one is idle.
    RecordReader reader = idle.remove();
    try {
      reader.read(request, part);
    } finally {
      idle.add(reader);
    }
    request.finishPart();
  }

  private static void refuse(GetRequest request, int part) {
    for (int i = request.begin(part); i < request.begin(part + 1); i++) {
      request.answer(i, new Fetched.Unavailable("too many reads are waiting for the swap file"));
    }
    request.finishPart();
  }

  /**
   * Runs something that waits for the disk.
   *
   * @return false: too much is waiting already, or the pool is closed
   */
  boolean execute(Runnable task) {
    try {
      threads.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Takes nothing more, and waits until all that was taken is done. */
  void close() {
    threads.shutdown();
    boolean interrupted = false;
    while (!threads.isTerminated()) {
      try {
        if (threads.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

package directory;

import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Keeps each zpage as a file in a directory, which is its own alone and empty whenever it starts.
 * No call waits: files are read and written by a few threads of its own, and what would have to
 * queue for too long is refused.
 *
 * <p>Thread-safe: files do not change once they are written; the rest is atomic.
 */
final class DirectoryBackend implements SlowBackend {

  /** After ramster (200), before the swap file (300). */
  static final int TIER = 250;

  /** Threads that read and write. */
  private static final int THREADS = 4;

  /** Pages that may wait to be written; more are refused. */
  private static final int MAX_WAITING_PAGES = 4_096;

  private static final String LOCK = "lock";

  private final String name;
  private final Path folder;
  private final long limitBytes;
  private final FileChannel lock;
  private final WorkerExecutor threads;
  private final AtomicLong nextHandle = new AtomicLong();
  private final AtomicLong usedBytes = new AtomicLong();
  private final AtomicInteger waitingPages = new AtomicInteger();
  private final LongAdder filesWritten = new LongAdder();
  private final LongAdder filesRead = new LongAdder();

  private DirectoryBackend(
      String name, Path folder, long limitBytes, FileChannel lock, WorkerExecutor threads) {
    this.name = name;
    this.folder = folder;
    this.limitBytes = limitBytes;
    this.lock = lock;
    this.threads = threads;
  }

  /** Takes a directory over; what is in it from an earlier life is deleted. May wait. */
  static DirectoryBackend open(Vertx vertx, String name, Path folder, long limitBytes)
      throws IOException {
    Files.createDirectories(folder);
    FileChannel lock =
        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (lock.tryLock() == null) {
        throw new IOException(folder + " is in use by another process");
      }
    } catch (OverlappingFileLockException held) {
      lock.close();
      throw new IOException(folder + " is in use by another backend", held);
    } catch (IOException held) {
      lock.close();
      throw held;
    }
    clear(folder);
    WorkerExecutor threads = vertx.createSharedWorkerExecutor("directory-" + name, THREADS);
    return new DirectoryBackend(name, folder, limitBytes, lock, threads);
  }

  private static void clear(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".zpage")).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private Path file(long handle) {
    return folder.resolve(handle + ".zpage");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int tier() {
    return TIER;
  }

  @Override
  public LossDomain lossDomain() {
    return LossDomain.NODE;
  }

  /** Nothing is kept by area. */
  @Override
  public Future<Void> init(SpaceInfo space) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> invalidateSpace(int space) {
    return Future.succeededFuture();
  }

  @Override
  public BackendUsage usage() {
    return new BackendUsage(usedBytes.get(), limitBytes);
  }

  @Override
  public Map<String, Long> counters() {
    return Map.of("files_written", filesWritten.sum(), "files_read", filesRead.sum());
  }

  // ---- Pages

  @Override
  public Future<long[]> put(List<Zpage> pages) {
    if (waitingPages.addAndGet(pages.size()) > MAX_WAITING_PAGES) {
      waitingPages.addAndGet(-pages.size());
      long[] refused = new long[pages.size()];
      Arrays.fill(refused, REFUSED);
      return Future.succeededFuture(refused);
    }
    return run(() -> pages.stream().mapToLong(this::write).toArray())
        .onComplete(done -> waitingPages.addAndGet(-pages.size()));
  }

  /** Room is taken before the file is written, and given back if that fails. */
  private long write(Zpage zpage) {
    int size = ZpageFile.size(zpage);
    if (usedBytes.addAndGet(size) > limitBytes) {
      usedBytes.addAndGet(-size);
      return REFUSED;
    }
    long handle = nextHandle.getAndIncrement();
    try {
      ZpageFile.write(file(handle), zpage);
    } catch (IOException full) {
      // Such as a full disk: that is no fault, the page goes elsewhere.
      usedBytes.addAndGet(-size);
      file(handle).toFile().delete();
      return REFUSED;
    }
    filesWritten.increment();
    return handle;
  }

  @Override
  public Future<List<Fetched>> get(List<PageRef> refs) {
    return run(() -> {
      List<Fetched> answers = new ArrayList<>(refs.size());
      for (PageRef ref : refs) {
        answers.add(ZpageFile.read(file(ref.handle()), ref));
        filesRead.increment();
      }
      return answers;
    });
  }

  /** Runs what may wait on one of the threads, beside others. */
  @SuppressWarnings("NullAway") // what is run here returns something
  private <T> Future<T> run(Callable<T> task) {
    return threads.executeBlocking(task, false);
  }

  @Override
  public void free(List<PageRef> refs) {
    threads.executeBlocking(
        () -> {
          for (PageRef ref : refs) {
            Path file = file(ref.handle());
            long size = Files.size(file);
            if (Files.deleteIfExists(file)) {
              usedBytes.addAndGet(-size);
            }
          }
          return null;
        },
        false);
  }

  @Override
  public Future<Void> close() {
    return threads
        .executeBlocking(
            () -> {
              clear(folder);
              lock.close();
              return null;
            },
            false)
        .transform(cleared -> threads.close());
  }
}

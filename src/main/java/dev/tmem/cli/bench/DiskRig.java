package dev.tmem.cli.bench;

import dev.tmem.backend.Backend;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import dev.tmem.swapfile.SwapfileBackend;
import dev.tmem.swapfile.SwapfileOptions;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongPredicate;

/**
 * A swap file with the least host it can have: one slot for each page, in an array. Thread-safe but
 * for putting, which is one thread's.
 */
final class DiskRig implements BackendHost, AutoCloseable {

  /** Pages of one put, as many as a demotion moves at a time. */
  static final int BATCH = 256;

  /** Puts under way: a demotion has up to four lanes. */
  private static final int LANES = 4;

  /** The one page space. */
  static final int SPACE = 1;

  private static final String FILE = "swap";
  private static final long NONE = -1;
  private static final long PATIENCE_SECONDS = 300;

  /** A page that was not taken: the figures are worth nothing then. */
  private final AtomicLong refused = new AtomicLong(NONE);

  private final Path folder;
  private final DiskScheduler scheduler;
  private final SwapfileBackend backend;
  private final AtomicLongArray handles;
  private final Semaphore lanes = new Semaphore(LANES);
  private final List<Zpage> batch = new ArrayList<>(BATCH);

  private DiskRig(Path folder, DiskScheduler scheduler, SwapfileBackend backend, int pages) {
    this.folder = folder;
    this.scheduler = scheduler;
    this.backend = backend;
    this.handles = new AtomicLongArray(pages);
    for (int i = 0; i < pages; i++) {
      handles.set(i, NONE);
    }
    backend.attach(this);
  }

  /** Opens a swap file of that size in a folder of its own. */
  static DiskRig open(long fileBytes, int pages) throws Exception {
    Path folder = Files.createTempDirectory("tmem-bench-");
    DiskScheduler scheduler = new DiskScheduler();
    boolean opened = false;
    try {
      var size = SwapfileOptions.Size.of(fileBytes);
      var options = new SwapfileOptions(SwapfileBackend.NAME, folder.resolve(FILE), size, 0);
      DiskRig rig =
          new DiskRig(
              folder,
              scheduler,
              done(SwapfileBackend.activate(options, "bench", scheduler, () -> {})),
              pages);
      opened = true;
      return rig;
    } finally {
      if (!opened) {
        scheduler.close();
        TestedNode.remove(folder);
      }
    }
  }

  /** Where something else may lie on the same disk. */
  Path folder() {
    return folder;
  }

  Path file() {
    return folder.resolve(FILE);
  }

  SwapfileBackend backend() {
    return backend;
  }

  long counter(String name) {
    return backend.counters().getOrDefault(name, 0L);
  }

  static <T> T done(Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (future.succeeded()) {
      return future.result();
    }
    return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Puts a page in place of the one there was; it may wait for others to make a batch. */
  void put(int number, ByteBuffer from, int at, int length) {
    byte[] bytes = new byte[length];
    from.get(at, bytes);
    batch.add(Zpage.of(new PageKey(SPACE, number), 1, Codec.LZ4, Corpus.PAGE_BYTES, bytes));
    if (batch.size() == BATCH) {
      send();
    }
  }

  private void send() {
    List<Zpage> pages = List.copyOf(batch);
    batch.clear();
    lanes.acquireUninterruptibly();
    checkRefused();
    // Whoever puts a page anew gives up the old copy, when it has the new one.
    backend
        .put(pages)
        .onComplete(answer -> {
          List<PageRef> old = new ArrayList<>(pages.size());
          for (int i = 0; i < pages.size(); i++) {
            long handle = answer.succeeded() ? answer.result()[i] : Backend.REFUSED;
            install(pages.get(i), handle, old);
          }
          backend.free(old);
          lanes.release();
        });
  }

  private void install(Zpage page, long handle, List<PageRef> old) {
    if (handle == Backend.REFUSED) {
      refused.compareAndSet(NONE, page.key().offset());
      return;
    }
    long before = handles.getAndSet((int) page.key().offset(), handle);
    if (before != NONE) {
      old.add(new PageRef(page.key(), page.epoch(), before));
    }
  }

  /** Everything that was put is written. */
  void settle() {
    if (!batch.isEmpty()) {
      send();
    }
    lanes.acquireUninterruptibly(LANES);
    lanes.release(LANES);
    checkRefused();
  }

  private void checkRefused() {
    if (refused.get() != NONE) {
      throw new IllegalStateException(
          "page " + refused.get() + " was refused: " + backend.counters());
    }
  }

  /** Everything that was put is on stable storage. */
  void flush() throws Exception {
    settle();
    done(backend.flush());
  }

  PageRef ref(int number) {
    return new PageRef(new PageKey(SPACE, number), 1, handles.get(number));
  }

  @Override
  public boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle) {
    return handles.compareAndSet((int) key.offset(), oldHandle, newHandle);
  }

  @Override
  public boolean names(PageRef copy) {
    return handles.get((int) copy.key().offset()) == copy.handle();
  }

  @Override
  public Future<Long> copiesGone(LongPredicate gone, String reason) {
    return Future.failedFuture(reason);
  }

  @Override
  public Future<Long> copiesDoubtful(LongPredicate doubtful, String reason) {
    return Future.failedFuture(reason);
  }

  @Override
  public Future<Long> evacuate(LongPredicate leaving) {
    return Future.failedFuture("nothing is evacuated here");
  }

  @Override
  public void close() throws IOException {
    try {
      done(backend.close());
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IOException("the swap file does not close", e);
    } finally {
      scheduler.close();
      TestedNode.remove(folder);
    }
  }
}

package dev.tmem.swapfile;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.SlowBackend;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps zpages in a file on a local disk. Thread-safe; the locks and threads are those of the
 * package.
 *
 * <p>A put completes when the pages are written, not when they are on stable storage: what is lost
 * with the process is lost anyway. It refuses pages when those that live fill what the cleaner can
 * keep turning over, when too many bytes wait to be written, and while the disk fails.
 */
public final class SwapfileBackend implements SlowBackend {

  /** The backend's name. */
  public static final String NAME = "swapfile";

  /** Its place in the chain. */
  public static final int TIER = 300;

  /** Bytes of records that may wait to be written. */
  static final long QUEUE_LIMIT_BYTES = 16L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(SwapfileBackend.class);

  private final SwapFile file;
  private final Scheduler scheduler;
  private final Arena arena;
  private final SwapfileCounters counters = new SwapfileCounters();
  private final WorkQueue queue = new WorkQueue();
  private final SegmentTable table;
  private final FaultGate gate;
  private final Cleaner cleaner;
  private final ReadPool pool;
  private final Promise<Void> closed = Promise.promise();

  private SwapfileBackend(SwapFile file, Scheduler scheduler, Arena arena) {
    this.file = file;
    this.arena = arena;
    this.scheduler = scheduler;
    table =
        new SegmentTable(
            file.geometry(), file.firstGeneration(), file.endGeneration(), QUEUE_LIMIT_BYTES);
    gate = new FaultGate(scheduler, this::frozen);
    LogWriter log = new LogWriter(file, table, gate, counters, buffer(LogWriter.WRITE_BYTES));
    cleaner =
        new Cleaner(file, table, log, counters, scheduler, buffer(file.geometry().segmentBytes()));
    List<RecordReader> readers = new ArrayList<>();
    for (int i = 0; i < ReadPool.READERS; i++) {
      readers.add(new RecordReader(file, table, counters, buffer(RecordReader.BUFFER_BYTES)));
    }
    pool = new ReadPool(readers);
    Writer writer =
        new Writer(
            file.geometry(),
            queue,
            table,
            log,
            cleaner,
            gate,
            counters,
            this::force,
            this::release);
    Thread.ofPlatform().name("tmem-swapfile-write").daemon().start(writer);
  }

  /**
   * Takes a file into use; creates it if there is none. All its blocks are reserved, it is locked
   * against every other user, and what an earlier life left in it is gone.
   *
   * <p>Returns at once; the work is done on a thread of its own, since on some file systems every
   * block has to be written.
   *
   * @param file a regular file, or nothing yet, in a folder that exists
   * @param sizeBytes at least 8 segments of 4 MiB and the header
   * @param node the node that owns the file
   * @param scheduler lives longer than the backend
   * @return fails with {@link ErrorCode#BACKEND_FAILED}, the path, and the value and limit that do
   *     not agree; nothing is left behind then
   */
  public static Future<SwapfileBackend> activate(
      Path file, long sizeBytes, String node, Scheduler scheduler) {
    Promise<SwapfileBackend> promise = Promise.promise();
    Thread.ofPlatform()
        .name("tmem-swapfile-activate")
        .daemon()
        .start(() -> {
          try {
            Geometry geometry = Activation.geometry(file, sizeBytes);
            promise.complete(activate(file, geometry, node, scheduler, UnaryOperator.identity()));
          } catch (RuntimeException | Error e) {
            promise.fail(e);
          }
        });
    return promise.future();
  }

  /**
   * As the public one, on the caller's thread.
   *
   * @param faults what stands between the backend and its file
   */
  static SwapfileBackend activate(
      Path file,
      Geometry geometry,
      String node,
      Scheduler scheduler,
      UnaryOperator<FileIo> faults) {
    SwapFile activated = new Activation(file, geometry, node, faults, true).run();
    LOG.info(
        "swap file {} of {} B activated, {} segments",
        file,
        geometry.fileBytes(),
        geometry.segments());
    Arena arena = Arena.ofShared();
    try {
      return new SwapfileBackend(activated, scheduler, arena);
    } catch (RuntimeException | Error e) {
      arena.close();
      abandon(activated, e);
      throw e;
    }
  }

  private static void abandon(SwapFile activated, Throwable reason) {
    try {
      activated.abandon();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  /** Bytes of off-heap buffers that an activated backend holds, whatever its load. */
  public static long bufferBytes() {
    return LogWriter.WRITE_BYTES
        + Geometry.SEGMENT_BYTES
        + (long) ReadPool.READERS * RecordReader.BUFFER_BYTES;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int tier() {
    return TIER;
  }

  @Override
  public LossDomain lossDomain() {
    return LossDomain.NODE;
  }

  /** The file, for people. */
  public Path file() {
    return file.path();
  }

  @Override
  public void attach(BackendHost host) {
    cleaner.attach(host);
  }

  @Override
  public Future<Void> init(SpaceInfo space) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> invalidateSpace(int space) {
    return Future.succeededFuture();
  }

  @Override
  public Future<long[]> put(List<Zpage> pages) {
    long[] handles = new long[pages.size()];
    if (queue.closed()) {
      return Future.failedFuture(closedException());
    }
    if (gate.frozen()) {
      return refuseAll(handles);
    }
    int accepted = table.reserve(pages, handles);
    counters.refused.add(handles.length - accepted);
    if (accepted == 0) {
      return Future.succeededFuture(handles);
    }
    PutRequest request = new PutRequest(pages, handles, accepted, scheduler);
    WorkQueue.Offer offer = queue.offer(request);
    if (offer == WorkQueue.Offer.QUEUED) {
      return request.future();
    }
    for (int i = 0; i < handles.length; i++) {
      if (request.wanted(i)) {
        table.unreserve(pages.get(i).length());
      }
    }
    return offer == WorkQueue.Offer.FULL
        ? refuseAll(handles)
        : Future.failedFuture(closedException());
  }

  private Future<long[]> refuseAll(long[] handles) {
    counters.refused.add(handles.length);
    Arrays.fill(handles, REFUSED);
    return Future.succeededFuture(handles);
  }

  @Override
  public Future<List<Fetched>> get(List<PageRef> refs) {
    if (queue.closed()) {
      return Future.failedFuture(closedException());
    }
    GetRequest request = new GetRequest(refs, ReadPool.READERS);
    pool.read(request);
    return request.future();
  }

  @Override
  public void free(List<PageRef> refs) {
    for (PageRef ref : refs) {
      table.free(ref.handle());
    }
  }

  @Override
  public Future<Void> flush() {
    Promise<Void> promise = Promise.promise();
    return switch (queue.offer(new FlushRequest(promise))) {
      case QUEUED -> promise.future();
      case FULL -> Future.failedFuture(failed("too much is waiting to be written", null));
      case CLOSED -> Future.failedFuture(closedException());
    };
  }

  /** Called by the writer when what came before the flush is written; must not hold it up. */
  private void force(FlushRequest flush) {
    boolean taken =
        pool.execute(() -> {
          try {
            file.io().force();
            flush.promise().complete();
          } catch (IOException e) {
            flush.promise().fail(failed("cannot be brought to stable storage: " + e, e));
          }
        });
    if (!taken) {
      flush.promise().fail(failed("too many reads are waiting", null));
    }
  }

  @Override
  public BackendUsage usage() {
    return new BackendUsage(table.usedBytes(), table.liveLimit());
  }

  /**
   * Those of zram's backing device, {@code bd_count bd_reads bd_writes} (pages), and our own;
   * {@code frozen} is 1 while failed writes keep puts away.
   */
  @Override
  public Map<String, Long> counters() {
    Map<String, Long> map = new HashMap<>();
    counters.addTo(map);
    map.put("bd_count", table.livePages());
    map.put("live_bytes", table.liveBytes());
    map.put("limit_bytes", table.liveLimit());
    map.put("queued_bytes", table.queuedBytes());
    map.put("file_bytes", file.geometry().fileBytes());
    map.put("segments_free", (long) table.freeSegments());
    map.put("segments_total", (long) file.geometry().segments());
    map.put("bad_frees", table.badFrees());
    map.put("frozen", gate.frozen() ? 1L : 0L);
    return map;
  }

  /** Writes what is queued, waits for reads under way, then lets the file go. Idempotent. */
  @Override
  public Future<Void> close() {
    queue.close();
    return closed.future();
  }

  /** The writer's last act. */
  private void release() {
    gate.close();
    pool.close();
    try {
      file.close();
      closed.complete();
    } catch (IOException e) {
      closed.fail(failed("cannot be closed: " + e, e));
    } finally {
      arena.close();
    }
  }

  private void frozen() {
    counters.freezes.increment();
    LOG.warn("swap file {}: writes fail; it takes no pages for a while", file.path());
  }

  private ByteBuffer buffer(int bytes) {
    return arena.allocate(bytes, 4096).asByteBuffer();
  }

  private TmemException closedException() {
    return new TmemException(ErrorCode.CLOSED, "swap file " + file.path() + " is closed");
  }

  private TmemException failed(String reason, @Nullable Throwable cause) {
    return new TmemException(
        ErrorCode.BACKEND_FAILED, "swap file " + file.path() + " " + reason, cause);
  }

  /** For tests: at rest or not, the books must balance. */
  void checkInvariants() {
    table.checkInvariants();
  }
}

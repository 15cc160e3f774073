package dev.tmem.swapfile;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.DurableArea;
import dev.tmem.backend.DurableBackend;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.LossDomain;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
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
 * <p>A put completes when the pages are written, those of durable areas when they are as safe as
 * the area asks: of others, what is lost with the process is lost anyway. It refuses pages when
 * those that live fill what the cleaner can keep turning over, when too many bytes wait to be
 * written, and while the disk fails.
 */
public final class SwapfileBackend implements DurableBackend {

  /** The name of the node's own swap file, and the type of all of them. */
  public static final String NAME = "swapfile";

  /** The place in the chain of a swap file of priority 0. */
  public static final int TIER = 300;

  /** Bytes of records that may wait to be written. */
  static final long QUEUE_LIMIT_BYTES = 16L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(SwapfileBackend.class);

  /**
   * What it is given beside its file. Immutable.
   *
   * @param released run when everything is released
   */
  private record Setup(String name, int tier, Scheduler scheduler, Runnable released) {}

  private final SwapFile file;
  private final Setup setup;
  private final Scheduler scheduler;
  private final Arena arena;
  private final SwapfileCounters counters = new SwapfileCounters();
  private final WorkQueue queue = new WorkQueue();
  private final SegmentTable table;
  private final FaultGate gate;
  private final Cleaner cleaner;
  private final ReadPool pool;
  private final WarmReads warm;
  private final DurableLog durable;
  private final FileWatch watch;
  private final Promise<Void> closed = Promise.promise();

  private SwapfileBackend(SwapFile file, Setup setup, Arena arena) throws IOException {
    this.file = file;
    this.setup = setup;
    this.arena = arena;
    scheduler = setup.scheduler();
    table =
        new SegmentTable(
            file.geometry(), file.firstGeneration(), file.endGeneration(), QUEUE_LIMIT_BYTES);
    gate = new FaultGate(scheduler, this::frozen);
    durable = DurableLog.open(file);
    DurableAreas areas = durable.areas();
    int segmentBytes = file.geometry().segmentBytes();
    SegmentList[] lists = {
      new SegmentList(buffer(SegmentList.bytes(segmentBytes))),
      new SegmentList(buffer(SegmentList.bytes(segmentBytes)))
    };
    List<RecordReader> readers = new ArrayList<>();
    for (int i = 0; i < ReadPool.READERS; i++) {
      readers.add(new RecordReader(file, table, counters, buffer(RecordReader.BUFFER_BYTES)));
    }
    pool = new ReadPool(readers);
    LogWriter log =
        new LogWriter(
            file,
            table,
            new WriteOut(file, pool::execute),
            areas,
            gate,
            counters,
            buffer(LogWriter.WRITE_BYTES),
            lists);
    ByteBuffer whole = buffer(segmentBytes);
    try {
      durable.recover(table, log, whole);
    } catch (IOException | RuntimeException | Error e) {
      pool.close();
      throw e;
    }
    cleaner = new Cleaner(file, table, areas, log, counters, scheduler, whole);
    List<RecordReader> warmReaders = new ArrayList<>();
    for (int i = 0; i < WarmReads.READERS; i++) {
      warmReaders.add(new RecordReader(file, table, counters, buffer(WarmReads.BUFFER_BYTES)));
    }
    warm = new WarmReads(warmReaders);
    Writer writer =
        new Writer(
            file.geometry(),
            queue,
            table,
            areas,
            log,
            cleaner,
            gate,
            counters,
            this::force,
            scheduler,
            this::release);
    watch = new FileWatch(file, gate, scheduler, pool::execute);
    watch.start();
    Thread.ofPlatform().name("tmem-swapfile-write").daemon().start(writer);
  }

  /**
   * Takes a file into use; creates it if there is none. All its blocks are reserved, it is locked
   * against every other user, and what an earlier life left in it is gone.
   *
   * <p>Returns at once; the work is done on a thread of its own, since on some file systems every
   * block has to be written.
   *
   * @param options a regular file, or nothing yet; at least 8 segments of 4 MiB and the header
   * @param node the node that owns the file
   * @param scheduler lives longer than the backend
   * @param released run once, when a backend that came of this has released everything
   * @return fails with {@link ErrorCode#BACKEND_FAILED}, the path, and the value and limit that do
   *     not agree; nothing is left behind then
   */
  public static Future<SwapfileBackend> activate(
      SwapfileOptions options, String node, Scheduler scheduler, Runnable released) {
    Promise<SwapfileBackend> promise = Promise.promise();
    Thread.ofPlatform()
        .name("tmem-swapfile-activate")
        .daemon()
        .start(() -> {
          try {
            promise.complete(activateNow(options, node, scheduler, released));
          } catch (RuntimeException | Error e) {
            promise.fail(e);
          }
        });
    return promise.future();
  }

  /** As {@link #activate(SwapfileOptions, String, Scheduler, Runnable)}, for the one file. */
  static Future<SwapfileBackend> activate(
      Path file, long sizeBytes, String node, Scheduler scheduler) {
    var options = new SwapfileOptions(NAME, file, SwapfileOptions.Size.of(sizeBytes), 0);
    return activate(options, node, scheduler, () -> {});
  }

  private static SwapfileBackend activateNow(
      SwapfileOptions options, String node, Scheduler scheduler, Runnable released) {
    Path file = options.file().toAbsolutePath();
    Path folder = file.getParent();
    if (folder != null) {
      try {
        Files.createDirectories(folder);
      } catch (IOException e) {
        throw Reservation.refuse(file, "has no folder, and it cannot be made: " + e, e);
      }
    }
    Geometry geometry = Activation.geometry(file, options.size().bytes(file));
    Setup setup = new Setup(options.name(), options.tier(), scheduler, released);
    return activate(
        new Activation(file, geometry, node, UnaryOperator.identity(), NativeFile::open), setup);
  }

  /**
   * On the caller's thread, for tests.
   *
   * @param faults what stands between the backend and its file
   */
  static SwapfileBackend activate(
      Path file,
      Geometry geometry,
      String node,
      Scheduler scheduler,
      UnaryOperator<FileIo> faults) {
    return activate(
        new Activation(file, geometry, node, faults, NativeFile::open),
        new Setup(NAME, TIER, scheduler, () -> {}));
  }

  private static SwapfileBackend activate(Activation activation, Setup setup) {
    SwapFile activated = activation.run();
    LOG.info(
        "swap file {} of {} B activated, {} segments",
        activated.path(),
        activated.geometry().fileBytes(),
        activated.geometry().segments());
    Arena arena = Arena.ofShared();
    try {
      return new SwapfileBackend(activated, setup, arena);
    } catch (IOException e) {
      arena.close();
      abandon(activated, e);
      throw Reservation.refuse(activated.path(), "cannot be recovered: " + e, e);
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
        + 2L * SegmentList.bytes(Geometry.SEGMENT_BYTES)
        + Geometry.SEGMENT_BYTES
        + (long) ReadPool.READERS * RecordReader.BUFFER_BYTES
        + (long) WarmReads.READERS * WarmReads.BUFFER_BYTES;
  }

  /** No call waits for anything. */
  @Override
  public boolean returnsAtOnce() {
    return true;
  }

  @Override
  public String name() {
    return setup.name();
  }

  @Override
  public int tier() {
    return setup.tier();
  }

  @Override
  public LossDomain lossDomain() {
    return LossDomain.NODE;
  }

  /** The file, for people. */
  public Path file() {
    return file.path();
  }

  /** Bytes of the file; it only grows. */
  public long fileBytes() {
    return file.geometry().fileBytes();
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
    int accepted = table.reserve(pages, handles, durable.areas());
    counters.refused.add(handles.length - accepted);
    if (accepted == 0) {
      return Future.succeededFuture(handles);
    }
    PutRequest request = new PutRequest(pages, handles, accepted);
    WorkQueue.Offer offer = queue.offer(request);
    if (offer == WorkQueue.Offer.QUEUED) {
      return request.future();
    }
    for (int i = 0; i < handles.length; i++) {
      if (request.wanted(i)) {
        Zpage page = pages.get(i);
        table.unreserve(page.length(), durable.areas().wasHeld(page.key().space()));
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
    Fetched atHand = refs.size() == 1 ? warm.read(refs.getFirst()) : null;
    if (atHand != null) {
      return Future.succeededFuture(List.of(atHand));
    }
    GetRequest request = new GetRequest(refs, ReadPool.READERS);
    pool.read(request);
    return request.future();
  }

  @Override
  public void free(List<PageRef> refs) {
    table.free(refs, durable.areas());
  }

  // Durable areas.

  @Override
  public List<DurableArea> durableAreas() {
    return durable.areas().list();
  }

  @Override
  public int nextNumber() {
    return durable.areas().nextNumber();
  }

  @Override
  public void tellFound(int number, Found found) {
    durable.tellFound(number, found);
  }

  @Override
  public Future<Void> openDurable(DurableArea area) {
    return inPool(() -> durable.areas().open(area, table));
  }

  @Override
  public Future<Void> dropDurable(int number) {
    return inPool(() -> durable.areas().drop(number));
  }

  @Override
  public Future<boolean[]> invalidateDurable(List<PageRef> pages) {
    InvalidateRequest request = new InvalidateRequest(pages);
    return switch (queue.offer(request)) {
      case QUEUED -> request.future();
      case FULL -> Future.failedFuture(failed("too much is waiting to be written", null));
      case CLOSED -> Future.failedFuture(closedException());
    };
  }

  @Override
  public void retire() {
    durable.areas().retire();
  }

  /** Work that waits for the disk. */
  private interface DiskWork {
    void run() throws IOException;
  }

  private Future<Void> inPool(DiskWork work) {
    Promise<Void> promise = Promise.promise();
    boolean taken =
        !queue.closed()
            && pool.execute(() -> {
              try {
                work.run();
                promise.complete();
              } catch (IOException e) {
                promise.fail(failed("fails: " + e, e));
              }
            });
    if (!taken) {
      promise.fail(failed("is closed, or too many reads are waiting", null));
    }
    return promise.future();
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
    durable.addTo(map);
    map.put("tombstones_kept", table.tombstones());
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

  /**
   * Makes the file longer while it is in use.
   *
   * @param size more than it has, at least by a segment
   * @return bytes of the file now; fails with {@link ErrorCode#BACKEND_FAILED} and the reason if
   *     the size is not right, or the disk has no room; the file stays as it was then
   */
  public Future<Long> grow(SwapfileOptions.Size size) {
    Promise<Long> promise = Promise.promise();
    boolean taken =
        !queue.closed()
            && pool.execute(() -> {
              try {
                promise.complete(growNow(size.bytes(file.path())));
              } catch (IOException e) {
                promise.fail(failed("cannot grow: " + e, e));
              } catch (RuntimeException e) {
                promise.fail(e);
              }
            });
    if (!taken) {
      promise.fail(failed("is closed, or too many reads are waiting", null));
    }
    return promise.future();
  }

  /** One at a time: the lock is this object's alone, and waits for the disk. */
  private synchronized long growNow(long sizeBytes) throws IOException {
    Geometry now = file.geometry();
    long most = Geometry.maxFileBytes(now.segmentBytes());
    Geometry larger = Geometry.of(Math.min(sizeBytes, most), now.segmentBytes());
    if (larger.segments() <= now.segments()) {
      throw failed(
          "grows to "
              + now.base(now.segments() + 1)
              + " B or more, not to "
              + sizeBytes
              + " B; it"
              + " is made smaller by deregistering it and adding it anew",
          null);
    }
    file.grow(larger);
    table.grow(larger);
    LOG.info("swap file {} has grown to {} B", file.path(), larger.fileBytes());
    return larger.fileBytes();
  }

  @Override
  public @Nullable String trouble() {
    return gate.reason();
  }

  /** An administrator says that the fault is gone: the next write shows whether it is. */
  @Override
  public void thaw() {
    gate.thaw();
    pool.execute(watch::look);
  }

  /** Writes what is queued, waits for reads under way, then lets the file go. Idempotent. */
  @Override
  public Future<Void> close() {
    queue.close();
    return closed.future();
  }

  /** The writer's last act. */
  private void release(boolean whole) {
    watch.close();
    gate.close();
    warm.close();
    pool.close();
    TmemException failure = null;
    try {
      try {
        boolean isSound = !durable.foundDamage() && counters.corruptRecords.sum() == 0;
        durable.areas().setClosed(whole && isSound);
      } finally {
        file.close();
      }
    } catch (IOException e) {
      failure = failed("cannot be closed: " + e, e);
    }
    arena.close();
    setup.released().run();
    if (failure == null) {
      closed.complete();
    } else {
      closed.fail(failure);
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

  /** For tests: how often a put waits for a segment's last records. */
  void setFreeWaits(int waits) {
    cleaner.setFreeWaits(waits);
  }

  /** For tests: at rest or not, the books must balance. */
  void checkInvariants() {
    table.checkInvariants();
  }
}

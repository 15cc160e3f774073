package dev.tmem.dispatch;

import dev.tmem.ErrorCode;
import dev.tmem.Incompressible;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.backend.Codec;
import dev.tmem.backend.RamBackend;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What keeps the pool in RAM in shape, by command and by the clock: compaction, idle marks,
 * recompression, and the rule of what is kept compressed. Thread-safe.
 */
public final class Upkeep {

  /** Which pages are to be recompressed. */
  public enum Target {
    /** Those that are marked as idle. */
    IDLE,
    /** Those that are kept as they are. */
    HUGE
  }

  /**
   * What compaction has gained.
   *
   * @param moved zpages that were moved
   * @param bytes given back to the operating system
   */
  public record Compacted(long moved, long bytes) {}

  /**
   * What recompression has gained.
   *
   * @param pages zpages that are smaller now
   * @param savedBytes bytes by which they are
   */
  public record Recompressed(long pages, long savedBytes) {}

  /** Bytes a second. */
  static final long MIN_SCRUB_RATE = 1 << 10;

  static final long MAX_SCRUB_RATE = 1L << 40;

  /** What scrubbing reads if nothing else is said: a disk that works hardly feels it. */
  public static final long DEFAULT_SCRUB_RATE = 16 << 20;

  /** Compaction that still gains something after so many rounds works against busy stores. */
  private static final int MAX_ROUNDS = 16;

  private final Dispatcher dispatcher;
  private final ZpagePolicy policy;
  private final IdleTracker tracker;
  private final QuietHours quietHours;
  private final Writeback writeback;
  private final Repatriation repatriation;

  Upkeep(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
    this.policy = new ZpagePolicy(dispatcher.codec(), dispatcher.backends());
    this.tracker = new IdleTracker(dispatcher);
    this.writeback = new Writeback(dispatcher);
    this.quietHours = new QuietHours(dispatcher, tracker);
    this.repatriation =
        new Repatriation(dispatcher, TmemOptions.DEFAULT_REPATRIATE_BYTES_PER_SECOND);
  }

  /** Pages that go to disk by what they are. */
  public Writeback writeback() {
    return writeback;
  }

  ZpagePolicy policy() {
    return policy;
  }

  /**
   * Sets which zpages are worth keeping compressed, for stores from now on.
   *
   * @param maxZpage percent of a page, or {@link TmemOptions#RAMZSWAP_MAX_ZPAGE}
   */
  public void setPolicy(int maxZpage, Incompressible incompressible) {
    policy.set(maxZpage, incompressible);
  }

  /**
   * How quickly pages are brought back from peers when there is room again.
   *
   * @param bytes 0: they are not
   */
  public void setRepatriateBytesPerSecond(long bytes) {
    repatriation.setBytesPerSecond(bytes);
  }

  /** Begins what is done by the clock; to be called once. */
  public void start() {
    quietHours.start();
    repatriation.start();
    dispatcher.ephemerals().expiry().start();
  }

  /** Ends what is done by the clock. */
  public void stop() {
    quietHours.stop();
    repatriation.stop();
    dispatcher.ephemerals().expiry().stop();
  }

  /**
   * Moves zpages out of sparse spans of a backend until nothing more can be gained.
   *
   * @return fails with {@link ErrorCode#UNKNOWN_BACKEND}, also for one that does not keep its pages
   *     in RAM
   */
  public Future<Compacted> compact(String name) {
    RegisteredBackend backend = dispatcher.backends().named(name);
    if (backend == null) {
      return Future.failedFuture(dispatcher.unknownBackend(name));
    }
    RamBackend ram = backend.ram();
    if (ram == null) {
      return Future.failedFuture(
          new TmemException(
              ErrorCode.UNKNOWN_BACKEND, name + " keeps no pages in RAM; it cannot be compacted"));
    }
    return dispatcher.compute(() -> compact(backend, ram));
  }

  private Compacted compact(RegisteredBackend backend, RamBackend ram) {
    long heldBefore = ram.usage().heldBytes();
    long movedBefore = moved(ram);
    long movedThen = movedBefore;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      long gain = dispatcher.compaction().run(backend);
      long movedNow = moved(ram);
      if (gain == 0 || movedNow == movedThen) {
        break;
      }
      movedThen = movedNow;
    }
    return new Compacted(
        movedThen - movedBefore, Math.max(0, heldBefore - ram.usage().heldBytes()));
  }

  private static long moved(RamBackend ram) {
    return ram.counters().getOrDefault("pages_compacted", 0L);
  }

  /**
   * Marks pages in RAM as idle, until they are accessed.
   *
   * @param space whose pages; null: of all
   * @param seconds only those that were not accessed for that long; 0: all. One that was not
   *     accessed for four times as long is sure to be marked, one in between may be
   * @return the number of pages that are marked now
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} if seconds is out of range
   */
  public Future<Long> markIdle(@Nullable PageSpace space, long seconds) {
    Options.inRange("age", seconds, 0, IdleAge.MAX_SECONDS);
    int age = IdleAge.atLeast(seconds);
    return dispatcher.compute(() -> tracker.mark(spaces(space), age));
  }

  /**
   * Compresses pages in RAM anew, slowly and better. Pages that get no smaller are marked so, and
   * passed over the next time.
   *
   * @param space whose pages; null: of all
   */
  public Future<Recompressed> recompress(Target target, @Nullable PageSpace space) {
    return new Recompressor(
            dispatcher,
            spaces(space),
            word ->
                target == Target.IDLE
                    ? SlotWord.has(word, SlotWord.IDLE)
                    : SlotWord.codec(word) == Codec.RAW)
        .run();
  }

  /**
   * Reads every copy on the local disks, and mends what is damaged from another copy.
   *
   * @param space whose pages; null: of all areas
   * @param bytesPerSecond how much it reads at the most
   * @return {@code copies} that were read, {@code damaged} of them, {@code repaired} of those, and
   *     those that were {@code unreachable}
   */
  public Future<Map<String, Long>> scrub(@Nullable PageSpace space, long bytesPerSecond) {
    Options.inRange("rate", bytesPerSecond, MIN_SCRUB_RATE, MAX_SCRUB_RATE);
    List<PageSpace> spaces = space == null ? dispatcher.persistentSpaces() : List.of(space);
    long total =
        dispatcher.backends().disks().stream()
            .mapToLong(disk -> spaces.stream().mapToLong(one -> copiesIn(one, disk)).sum())
            .sum();
    return dispatcher
        .longWorks()
        .run("scrub", total, work -> new Scrub(dispatcher, spaces, bytesPerSecond, work).run())
        .map(result ->
            Map.of(
                "copies", result.copies(),
                "damaged", result.damaged(),
                "repaired", result.repaired(),
                "unreachable", result.unreachable()));
  }

  private static long copiesIn(PageSpace space, RegisteredBackend backend) {
    return space.counters().primaryPages(backend.ordinal)
        + space.counters().extraCopies(backend.ordinal);
  }

  private List<PageSpace> spaces(@Nullable PageSpace one) {
    return one == null ? dispatcher.spaces() : List.of(one);
  }
}

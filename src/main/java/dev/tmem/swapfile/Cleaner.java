package dev.tmem.swapfile;

import dev.tmem.backend.BackendHost;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Scheduler;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes free segments: moves what lives in the emptiest sealed one to the end of the log. Confined
 * to the writer thread, so that the log has one writer; the order of its steps against a free from
 * the dispatcher is argued in {@link SegmentTable}.
 *
 * <p>It reads the whole victim, then goes by the bits of what lives, not from record to record: a
 * damaged record costs only itself. One whose header is damaged cannot be moved and stays; one
 * whose payload is damaged is moved with its old checksum, and still shows.
 */
final class Cleaner {

  private static final Logger LOG = LoggerFactory.getLogger(Cleaner.class);

  /** With more of them the rest of the victim is left alone: it would not become free soon. */
  private static final int STAYS_MAX = 64;

  /** How often, and for how long at a time, a segment's last records are waited for. */
  private static final int FREE_WAITS = 4;

  private static final long FREE_WAIT_MILLIS = 5;

  private final SwapFile file;
  private final SegmentTable table;
  private final DurableAreas durable;
  private final LogWriter log;
  private final SwapfileCounters counters;
  private final Scheduler clock;

  /** Holds the victim. */
  private final ByteBuffer buffer;

  private final RecordCodec codec = new RecordCodec();
  private final long[] live;

  /** The copies waiting for the next commit: where each came from, in {@link #buffer}. */
  private final int[] copiedFrom = new int[LogWriter.MAX_RECORDS];

  private final long[] oldHandles = new long[LogWriter.MAX_RECORDS];
  private final long[] newHandles = new long[LogWriter.MAX_RECORDS];
  private int copies;

  /** Records of the victim that were copied in vain, and have to stay until somebody frees them. */
  private int stays;

  /** Tombstones that were first written before this are needed no more. */
  private long oldestOnDisk;

  private final CleanBudget budget;

  private volatile int freeWaits = FREE_WAITS;

  /** Bytes that the cleaner has written. */
  private long movedBytes;

  private volatile @Nullable BackendHost host;

  /**
   * @param buffer of a segment's size, for this class alone
   */
  Cleaner(
      SwapFile file,
      SegmentTable table,
      DurableAreas durable,
      LogWriter log,
      SwapfileCounters counters,
      Scheduler clock,
      ByteBuffer buffer) {
    this.file = file;
    this.table = table;
    this.durable = durable;
    this.log = log;
    this.counters = counters;
    this.clock = clock;
    this.buffer = buffer;
    this.live = new long[Segment.liveWords(file.geometry().segmentBytes())];
    this.budget = new CleanBudget(file.geometry().segmentBytes(), clock.nanoTime());
  }

  void attach(BackendHost newHost) {
    host = newHost;
  }

  /** For tests, where who frees a record may be kept from it for long. */
  void setFreeWaits(int waits) {
    freeWaits = waits;
  }

  /**
   * Cleans one segment; nothing may wait for the log's commit.
   *
   * @param mostBytes one with more living bytes is not worth it now
   * @param waited a put waits for the room
   * @return false: there is none to clean, the budget is spent, or it could not be emptied
   */
  boolean cleanOne(int mostBytes, boolean waited) {
    BackendHost to = host;
    if (to == null) {
      return false;
    }
    int victim = table.pickVictim(mostBytes, clock.nanoTime());
    if (victim < 0) {
      return false;
    }
    long debited = table.liveBytes(victim);
    long writtenBefore = counters.bytesWritten.sum();
    if (!budget.tryDebit(debited, waited, writtenBefore - movedBytes, clock.nanoTime())) {
      table.leaveVictim(victim);
      counters.cleanerShort.increment();
      return false;
    }
    moveOut(victim, to);
    long written = counters.bytesWritten.sum() - writtenBefore;
    movedBytes += written;
    budget.refund(Math.max(0, debited - written), waited);
    long generation = table.generation(victim);
    boolean emptied =
        table.cleaned(victim, clock.nanoTime())
            || (waited && stays <= STAYS_MAX && awaitFree(victim, generation));
    (emptied ? counters.cleanerEmptied : counters.cleanerStuck).increment();
    return emptied;
  }

  /**
   * A page that was written over while its segment was cleaned has its old record in it until that
   * is freed, by whoever wrote the page and very soon. A put that waits for room waits for that,
   * and is not refused for it.
   */
  private boolean awaitFree(int victim, long generation) {
    synchronized (table) {
      try {
        for (int i = 0; i < freeWaits && !table.isFreeOf(victim, generation); i++) {
          table.wait(FREE_WAIT_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return table.isFreeOf(victim, generation);
    }
  }

  private void moveOut(int victim, BackendHost to) {
    try {
      buffer.clear();
      file.io().readFully(buffer, file.geometry().base(victim));
    } catch (IOException e) {
      LOG.warn("{}: segment {} cannot be read for cleaning: {}", file.path(), victim, e.toString());
      return;
    } finally {
      buffer.clear();
    }
    long seed = GenerationSeed.of(file.uuid(), table.generation(victim));
    int life = table.life(victim);
    table.copyLive(victim, live);
    oldestOnDisk = table.oldestOnDisk();
    stays = 0;
    for (int word = 0; word < live.length; word++) {
      for (long rest = live[word]; rest != 0; rest &= rest - 1) {
        int cell = word * Long.SIZE + Long.numberOfTrailingZeros(rest);
        if (!copy(victim, life, cell * RecordLayout.ALIGNMENT, seed, to)) {
          return;
        }
      }
    }
    settle(to);
  }

  /**
   * Appends a copy of one record.
   *
   * @return false: the rest of the segment had better be left for later
   */
  private boolean copy(int victim, int life, int at, long seed, BackendHost to) {
    int end = file.geometry().segmentBytes();
    if (!codec.headerIntact(buffer, at, end, seed)
        || at + RecordLayout.recordBytes(RecordCodec.payloadLength(buffer, at)) > end) {
      counters.corruptRecords.increment();
      return true;
    }
    int length = RecordCodec.payloadLength(buffer, at);
    long oldHandle = HandleLayout.pack(life, victim, at, length);
    if (!table.lives(oldHandle)) {
      return true;
    }
    byte kind = RecordCodec.kind(buffer, at);
    if (!RecordCodec.isPage(kind) && !isNeeded(kind, at, oldHandle)) {
      table.endMark(oldHandle, kind);
      return true;
    }
    if (!log.fits(length)) {
      if (!settle(to) || (!log.segmentFits(length) && !log.roll(true))) {
        return false;
      }
    }
    newHandles[copies] = log.appendCopy(buffer, at, seed);
    oldHandles[copies] = oldHandle;
    copiedFrom[copies] = at;
    copies++;
    return true;
  }

  /** Whether a record that is no page has to be kept, see {@code docs/formats/swapfile.md}. */
  private boolean isNeeded(byte kind, int at, long handle) {
    PageKey key = RecordCodec.key(buffer, at);
    return switch (kind) {
      case RecordLayout.KIND_TOMBSTONE ->
          durable.holds(key.space()) && RecordCodec.born(buffer, at) >= oldestOnDisk;
      case RecordLayout.KIND_LOST -> durable.isLost(key, RecordCodec.epoch(buffer, at));
      default -> table.isList((int) key.offset(), handle, -1);
    };
  }

  /**
   * Writes the copies that wait and asks the host to take each in the place of its original.
   *
   * @return false: the write failed, or too many originals have to stay
   */
  private boolean settle(BackendHost to) {
    int written = copies;
    copies = 0;
    if (!log.commit(true)) {
      return false;
    }
    for (int i = 0; i < written; i++) {
      stays += settle(to, copiedFrom[i], oldHandles[i], newHandles[i]) ? 0 : 1;
    }
    return stays <= STAYS_MAX;
  }

  private boolean settle(BackendHost to, int at, long oldHandle, long newHandle) {
    PageKey key = RecordCodec.key(buffer, at);
    byte kind = RecordCodec.kind(buffer, at);
    if (kind == RecordLayout.KIND_LIST && !table.isList((int) key.offset(), oldHandle, newHandle)) {
      // What it tells of has become empty: that ended the original.
      table.endMark(newHandle, kind);
      return true;
    }
    if (!RecordCodec.isPage(kind)) {
      table.endMark(oldHandle, kind);
      return true;
    }
    boolean taken;
    try {
      taken = to.rehandle(key, RecordCodec.epoch(buffer, at), oldHandle, newHandle);
    } catch (RuntimeException e) {
      // Nobody knows which of the two the page names now, so both stay.
      LOG.error("{}: the host failed to take {} from the cleaner", file.path(), key, e);
      return false;
    }
    if (taken) {
      table.moved(oldHandle);
      counters.cleanerMoved.increment();
      return true;
    }
    table.dropCopy(newHandle);
    counters.cleanerDropped.increment();
    return !table.lives(oldHandle);
  }
}

package dev.tmem.ramster.protocol;

import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.RamBackend;
import dev.tmem.memory.BlockPool;

/**
 * What this node lends: foreign zpages in its own pool, each behind its {@link ZpageLayout head},
 * under the lend limit. Own pages come first: foreign ones are taken only while the pool has room
 * that own pages are far from needing, and when those need room the foreign ones have to go.
 *
 * <p>Invariant: {@code bytes} is the sum over all tables of heads and zpages. Confined to the lock
 * of the {@link PeerNode}, except the limit.
 */
public final class ForeignStore {

  /**
   * Percent of the pool up to which foreign pages are taken: below all the marks by which own pages
   * are demoted, so that none is because of a foreign one.
   */
  static final int LENDABLE_PERCENT = 80;

  /**
   * After own pages have last needed room, no foreign page is taken for so long: else what is
   * handed back would come again at once.
   */
  private static final long QUIET_NANOS = 10_000_000_000L;

  private final RamBackend pool;
  private final BlockPool blocks;
  private volatile long lendLimit;
  private long bytes;

  /** What may be lent to the message that is being taken. */
  private long room;

  /** What own pages leave of the lend limit; {@link Long#MAX_VALUE}: all. */
  private long ceiling = Long.MAX_VALUE;

  /** The ceiling is taken away then; meaningful if there is one. */
  private long ceilingEnds;

  /**
   * @param pool keeps the zpages
   * @param blocks keeps the tables of tickets
   */
  public ForeignStore(RamBackend pool, BlockPool blocks, long lendLimitBytes) {
    this.pool = pool;
    this.blocks = blocks;
    this.lendLimit = lendLimitBytes;
  }

  public long lendLimit() {
    return lendLimit;
  }

  /** What is there beyond it is in {@link #excessBytes} from now on. */
  public void setLendLimit(long bytesLimit) {
    lendLimit = bytesLimit;
  }

  long bytes() {
    return bytes;
  }

  /** What may be lent now. */
  long spareBytes() {
    BackendUsage usage = pool.usage();
    long inPool = usage.limitBytes() / 100 * LENDABLE_PERCENT - usage.usedBytes();
    return Math.max(0, Math.min(Math.min(lendLimit, ceiling) - bytes, inPool));
  }

  /** What is to be handed back now. */
  long excessBytes() {
    return Math.max(0, bytes - Math.min(lendLimit, ceiling));
  }

  /** Own pages need so much room. */
  void giveWay(long wantedBytes, long now) {
    ceiling = Math.min(ceiling, Math.max(0, bytes - wantedBytes));
    ceilingEnds = now + QUIET_NANOS;
  }

  /** Lends again what own pages have left alone for a while. */
  void tick(long now) {
    if (ceiling != Long.MAX_VALUE && now - ceilingEnds >= 0) {
      ceiling = Long.MAX_VALUE;
    }
  }

  /** When {@link #tick} is wanted next, if {@code other} is not earlier. */
  long due(long other) {
    return ceiling == Long.MAX_VALUE || other - ceilingEnds < 0 ? other : ceilingEnds;
  }

  ForeignTable newTable() {
    return new ForeignTable(this, pool, blocks);
  }

  /** The pages of one message are about to come: looks how much room there is for them. */
  void expect() {
    room = spareBytes();
  }

  /**
   * Keeps a zpage with its head, straight from its frame; {@link RamBackend#REFUSED}: no room.
   *
   * @see #expect
   */
  long keep(FramedPage page) {
    int length = ZpageLayout.HEAD_BYTES + page.length();
    if (length > ZpageLayout.LENGTH_MAX || length > room) {
      return RamBackend.REFUSED;
    }
    long handle = pool.put(page.frame(), page.head(), length);
    if (handle != RamBackend.REFUSED) {
      bytes += length;
      room -= length;
    }
    return handle;
  }

  void drop(long handle) {
    int length = pool.length(handle);
    pool.free(handle);
    bytes -= length;
  }
}

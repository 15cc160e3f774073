package dev.tmem.ramster.protocol;

import dev.tmem.backend.BackendUsage;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Zpage;
import dev.tmem.memory.BlockPool;
import java.nio.ByteBuffer;

/**
 * What this node lends: foreign zpages in its own pool, each behind its {@link ZpageLayout head},
 * under the lend limit. Own pages come first: foreign ones are taken only while the pool keeps a
 * reserve free.
 *
 * <p>Invariant: {@code bytes} is the sum over all tables of heads and zpages. Confined to the lock
 * of the {@link PeerNode}, except the limit.
 */
public final class ForeignStore {

  /** Share of the pool, 1/8, that foreign pages never take. */
  private static final int RESERVE_SHIFT = 3;

  /** The reserve is not more than this. */
  private static final long RESERVE_BYTES_MAX = 64L << 20;

  private final RamBackend pool;
  private final BlockPool blocks;
  private final ByteBuffer scratch = ByteBuffer.allocateDirect(ZpageLayout.LENGTH_MAX);
  private volatile long lendLimit;
  private long bytes;

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

  /** Takes effect on the next put; what is there stays until it is freed. */
  public void setLendLimit(long bytesLimit) {
    lendLimit = bytesLimit;
  }

  long bytes() {
    return bytes;
  }

  /** What may be lent now. */
  long spareBytes() {
    BackendUsage usage = pool.usage();
    long reserve = Math.min(usage.limitBytes() >> RESERVE_SHIFT, RESERVE_BYTES_MAX);
    long inPool = usage.limitBytes() - reserve - usage.usedBytes();
    return Math.max(0, Math.min(lendLimit - bytes, inPool));
  }

  ForeignTable newTable() {
    return new ForeignTable(this, pool, blocks);
  }

  /** Keeps a zpage with its head; {@link RamBackend#REFUSED}: no room. */
  long keep(Zpage zpage) {
    int length = ZpageLayout.HEAD_BYTES + zpage.length();
    if (length > ZpageLayout.LENGTH_MAX || length > spareBytes()) {
      return RamBackend.REFUSED;
    }
    scratch.putInt(ZpageLayout.SPACE, zpage.key().space());
    scratch.putInt(ZpageLayout.CRC, zpage.crc());
    scratch.putLong(ZpageLayout.EPOCH, zpage.epoch());
    scratch.putLong(
        ZpageLayout.PLACE, ZpageLayout.place(zpage.key().offset(), zpage.originalLength()));
    scratch.put(ZpageLayout.CODEC, zpage.codec().number());
    scratch.put(ZpageLayout.HEAD_BYTES, zpage.bytes());
    long handle = pool.put(scratch, 0, length);
    if (handle != RamBackend.REFUSED) {
      bytes += length;
    }
    return handle;
  }

  void drop(long handle) {
    int length = pool.length(handle);
    pool.free(handle);
    bytes -= length;
  }
}

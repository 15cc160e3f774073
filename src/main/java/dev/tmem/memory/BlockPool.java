package dev.tmem.memory;

import java.lang.foreign.MemorySegment;

/**
 * Blocks for tables, of 512 B and of 4 KiB, cut from spans that may use the account's headroom. A
 * span goes back when none of its blocks is in use; one idle span of each size is kept while other
 * blocks of that size are.
 *
 * <p>A block's number, times 512, is its <em>address</em> in this pool: region number and byte in
 * the region.
 *
 * <pre>
 *  bit   39        26 25    16 15   9 8    0
 *       +------------+--------+------+------+
 *       |   region   |  span  | unit | byte |
 *       +------------+--------+------+------+
 *                     `-- byte in region --'
 * </pre>
 *
 * <p>Thread-safe: a lock for each size.
 */
public final class BlockPool {

  /** Bytes of a small block, and the unit that blocks are counted in. */
  public static final int SMALL_BYTES = 512;

  /** Bytes of a large block. */
  public static final int LARGE_BYTES = 4096;

  static final int UNIT_BYTES = SMALL_BYTES;
  static final int UNITS_PER_SPAN = RegionPool.SPAN_BYTES / UNIT_BYTES;
  static final int UNIT_BITS = Integer.numberOfTrailingZeros(UNITS_PER_SPAN);
  private static final int BYTE_BITS = Integer.numberOfTrailingZeros(UNIT_BYTES);
  private static final int SPAN_BITS = UNIT_BITS + BYTE_BITS;
  private static final long BYTE_IN_REGION = RegionPool.REGION_BYTES - 1;

  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[LARGE_BYTES]);

  private final RegionPool regions;
  private final BlockClass small;
  private final BlockClass large;

  /** A pool with no memory yet. */
  public BlockPool(RegionPool regions) {
    this.regions = regions;
    this.small = new BlockClass(regions, 1);
    this.large = new BlockClass(regions, LARGE_BYTES / UNIT_BYTES);
  }

  /**
   * Takes a block; its bytes are zero.
   *
   * @return its number, 0 or more, or -1: no memory
   */
  public int allocate(boolean largeBlock) {
    int block = (largeBlock ? large : small).allocate();
    if (block >= 0) {
      long address = address(block);
      MemorySegment.copy(
          ZEROS, 0, memory(address), at(address), largeBlock ? LARGE_BYTES : SMALL_BYTES);
    }
    return block;
  }

  /**
   * Gives a block back.
   *
   * @throws IllegalArgumentException if it is not in use; nothing changes
   */
  public void free(int block, boolean largeBlock) {
    (largeBlock ? large : small).free(block);
  }

  /** Bytes of the blocks in use. */
  public long usedBytes() {
    return small.usedBlocks() * SMALL_BYTES + large.usedBlocks() * LARGE_BYTES;
  }

  static long address(int block) {
    return (long) block << BYTE_BITS;
  }

  /** The memory that an address lies in; to be used at {@link #at}. */
  MemorySegment memory(long address) {
    return regions.segment((int) (address >>> SPAN_BITS));
  }

  static long at(long address) {
    return address & BYTE_IN_REGION;
  }
}

package dev.tmem.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of one size, and the spans they are cut from.
 *
 * <p>Invariants: a span stands in {@code partial} exactly if some of its blocks are free and some
 * are not; at most one span has all its blocks free, and none if no block is in use.
 *
 * <p>Thread-safe: its own lock, taken before that of the {@link RegionPool}.
 */
final class BlockClass {

  private final RegionPool regions;

  /** Length of a block in units of {@link BlockPool#UNIT_BYTES}. */
  private final int units;

  private final int blocksPerSpan;

  @GuardedBy("this")
  private final List<BlockSpan> partial = new ArrayList<>();

  /** By number of the region, then by index in it: 4 KiB of heap for a region with tables in it. */
  @GuardedBy("this")
  private @Nullable BlockSpan[] @Nullable [] byRegion = new BlockSpan[0][];

  @GuardedBy("this")
  private @Nullable BlockSpan empty;

  @GuardedBy("this")
  private long used;

  BlockClass(RegionPool regions, int units) {
    this.regions = regions;
    this.units = units;
    this.blocksPerSpan = BlockPool.UNITS_PER_SPAN / units;
  }

  /** The block's number, or -1 if there is no memory. */
  synchronized int allocate() {
    BlockSpan from = partial.isEmpty() ? open() : partial.getLast();
    if (from == null) {
      return -1;
    }
    int index = from.take();
    if (from.free() == 0) {
      unlist(from);
    }
    used++;
    return from.span << BlockPool.UNIT_BITS | index * units;
  }

  /**
   * @throws IllegalArgumentException if it is not in use; nothing changes
   */
  synchronized void free(int block) {
    BlockSpan to = spanOf(block);
    int unit = block & (BlockPool.UNITS_PER_SPAN - 1);
    if (to == null || unit % units != 0 || !to.give(unit / units)) {
      throw new IllegalArgumentException("block " + block + " is not in use");
    }
    used--;
    if (to.listed == BlockSpan.NOT_LISTED) {
      list(to);
    }
    if (to.free() == blocksPerSpan) {
      unlist(to);
      keepOrRelease(to);
    }
  }

  synchronized long usedBlocks() {
    return used;
  }

  @GuardedBy("this")
  private @Nullable BlockSpan spanOf(int block) {
    int span = block >>> BlockPool.UNIT_BITS;
    int region = span >>> RegionPool.INDEX_BITS;
    @Nullable BlockSpan[] spans = region < byRegion.length ? byRegion[region] : null;
    return spans == null ? null : spans[span & (RegionPool.SPANS_PER_REGION - 1)];
  }

  /** A span with all its blocks free, listed; null if there is no memory. */
  @GuardedBy("this")
  private @Nullable BlockSpan open() {
    BlockSpan opened = empty;
    empty = null;
    if (opened == null) {
      int span = regions.acquireSpan(true);
      if (span < 0) {
        return null;
      }
      opened = new BlockSpan(span, blocksPerSpan);
      remember(span, opened);
    }
    list(opened);
    return opened;
  }

  @GuardedBy("this")
  private void remember(int span, @Nullable BlockSpan value) {
    int region = span >>> RegionPool.INDEX_BITS;
    if (region >= byRegion.length) {
      byRegion = Arrays.copyOf(byRegion, region + 1);
    }
    @Nullable BlockSpan[] spans = byRegion[region];
    if (spans == null) {
      spans = new BlockSpan[RegionPool.SPANS_PER_REGION];
      byRegion[region] = spans;
    }
    spans[span & (RegionPool.SPANS_PER_REGION - 1)] = value;
  }

  /** One empty span stays while others are in use, so that the border is not crossed to and fro. */
  @GuardedBy("this")
  private void keepOrRelease(BlockSpan idle) {
    if (empty == null && used > 0) {
      empty = idle;
      return;
    }
    release(idle);
    if (used == 0 && empty != null) {
      BlockSpan kept = empty;
      empty = null;
      release(kept);
    }
  }

  @GuardedBy("this")
  private void release(BlockSpan idle) {
    remember(idle.span, null);
    regions.releaseSpan(idle.span, true);
  }

  @GuardedBy("this")
  private void list(BlockSpan span) {
    span.listed = partial.size();
    partial.add(span);
  }

  @GuardedBy("this")
  private void unlist(BlockSpan span) {
    BlockSpan last = partial.removeLast();
    if (last != span) {
      partial.set(span.listed, last);
      last.listed = span.listed;
    }
    span.listed = BlockSpan.NOT_LISTED;
  }
}

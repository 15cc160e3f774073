package dev.tmem.memory;

import org.jspecify.annotations.Nullable;

/**
 * The blocks that are resident ahead of demand: one that spans are taken from, one that runs are
 * taken from, and one that is opened when either is used up.
 *
 * <p>Invariant: what is not yet taken of them is reserved in its region. Confined to the lock of
 * its pool.
 */
final class OpenBlocks {

  /** Null: none is open. */
  private Regions.@Nullable Block forSpans;

  /** The next span of that block. */
  private int nextSpan;

  /** Null: none is open. */
  private Regions.@Nullable Block forRuns;

  /** The first span of the next run of that block. */
  private int nextRun;

  /** The one that is to be opened next. */
  private Regions.@Nullable Block ahead;

  boolean hasAhead() {
    return ahead != null;
  }

  void setAhead(Regions.Block block) {
    ahead = block;
  }

  /** Bytes of blocks that may be in use at once, with another one ahead. */
  long bytesWithAnother() {
    return (forRuns == null ? 2 : 3) * RegionPool.BLOCK_BYTES;
  }

  /** The number of a span that is held from now on; -1: nothing is resident. */
  int takeSpan() {
    if (forSpans == null && ahead != null) {
      forSpans = ahead;
      nextSpan = ahead.index();
      ahead = null;
    }
    Regions.Block block = forSpans;
    if (block == null) {
      return -1;
    }
    int index = nextSpan++;
    if (nextSpan == block.index() + RegionPool.SPANS_PER_BLOCK) {
      forSpans = null;
    }
    block.region().takeReserved(index);
    return block.number() << RegionPool.INDEX_BITS | index;
  }

  /** The number of the first span of a run that is held from now on; -1: nothing is resident. */
  int takeRun() {
    if (forRuns == null && ahead != null) {
      forRuns = ahead;
      nextRun = ahead.index();
      ahead = null;
    }
    Regions.Block block = forRuns;
    if (block == null) {
      return -1;
    }
    int index = nextRun;
    nextRun += RegionPool.SPANS_PER_RUN;
    if (nextRun == block.index() + RegionPool.SPANS_PER_BLOCK) {
      forRuns = null;
    }
    for (int i = index; i < nextRun; i++) {
      block.region().takeReserved(i);
    }
    return block.number() << RegionPool.INDEX_BITS | index;
  }

  /** Forgets them all. */
  void clear() {
    forSpans = null;
    forRuns = null;
    ahead = null;
  }
}

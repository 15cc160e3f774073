package dev.tmem.memory;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The regions of a pool, and which of them have free spans. The lowest free span is handed out
 * first, so that regions at the top fall empty; one empty region is kept, further ones are let go
 * of.
 *
 * <p>Invariant: a region's place in the array is its number for as long as it lives.
 *
 * <p>Confined to the lock of its pool, but for {@link #find}: the array is copied when it changes,
 * never changed once it stands there, and read without a lock.
 */
final class Regions {

  /** Regions of one pool, 1 TiB of memory: a span's number has 24 bits. */
  static final int MAX = 1 << 14;

  /**
   * Regions that were let go of and not yet found by the collector. At this many an empty region is
   * kept instead: it is not resident, and can be used again.
   */
  static final int ABANDONED_MAX = 8;

  private static final @Nullable Region[] NONE = new Region[0];

  /**
   * A block whose spans are reserved in their region, but for those taken from it.
   *
   * @param number of the region
   * @param index of the first span
   */
  record Block(Region region, int number, int index) {}

  private final RegionMemory memory;

  private volatile @Nullable Region[] all = NONE;
  private int live;
  private int empty;

  /** No region below this one has a free span. */
  private int firstWithFree;

  /** No region below this one has a free run. */
  private int firstWithRun;

  Regions(RegionMemory memory) {
    this.memory = memory;
  }

  /** A region, without the lock; null: there is none of that number. */
  @Nullable Region find(int number) {
    @Nullable Region[] now = all;
    return number < now.length ? now[number] : null;
  }

  /** How many there are. */
  int live() {
    return live;
  }

  /** Takes all out. */
  @Nullable Region[] clear() {
    @Nullable Region[] last = all;
    all = NONE;
    live = 0;
    empty = 0;
    return last;
  }

  /** Takes the lowest free span, or the first of a new region; -1: the system refuses. */
  int takeLowest() {
    @Nullable Region[] now = all;
    for (int number = firstWithFree; number < now.length; number++) {
      Region region = now[number];
      if (region != null && region.freeSpans() > 0) {
        firstWithFree = number;
        return takeLowest(region, number);
      }
    }
    int number = add();
    Region region = number < 0 ? null : all[number];
    if (region == null) {
      return -1;
    }
    firstWithFree = number;
    return takeLowest(region, number);
  }

  private int takeLowest(Region region, int number) {
    empty -= region.isEmpty() ? 1 : 0;
    int index = region.lowest();
    region.take(index);
    return number << RegionPool.INDEX_BITS | index;
  }

  /** Takes the lowest free run, or the first of a new region; its first span, -1: refused. */
  int takeLowestRun() {
    @Nullable Region[] now = all;
    for (int number = firstWithRun; number < now.length; number++) {
      Region region = now[number];
      int index = region == null ? -1 : region.lowestFreeRun();
      if (region != null && index >= 0) {
        firstWithRun = number;
        return takeRun(region, number, index);
      }
    }
    int number = add();
    Region region = number < 0 ? null : all[number];
    if (region == null) {
      return -1;
    }
    firstWithRun = number;
    return takeRun(region, number, 0);
  }

  private int takeRun(Region region, int number, int index) {
    empty -= region.isEmpty() ? 1 : 0;
    for (int i = 0; i < RegionPool.SPANS_PER_RUN; i++) {
      region.take(index + i);
    }
    return number << RegionPool.INDEX_BITS | index;
  }

  /** Reserves the lowest block that is free, or the first of a new region; null: refused. */
  @Nullable Block reserveLowestBlock() {
    @Nullable Region[] now = all;
    for (int number = firstWithFree; number < now.length; number++) {
      Region region = now[number];
      int index = region == null ? -1 : region.lowestFreeBlock();
      if (region != null && index >= 0) {
        return reserve(region, number, index);
      }
    }
    int number = add();
    Region region = number < 0 ? null : all[number];
    return region == null ? null : reserve(region, number, 0);
  }

  private Block reserve(Region region, int number, int index) {
    empty -= region.isEmpty() ? 1 : 0;
    region.reserve(index);
    return new Block(region, number, index);
  }

  /** Makes a reserved block, of which nothing was taken, free again. */
  void unreserve(Block block) {
    block.region.unreserve(block.index);
    empty += block.region.isEmpty() ? 1 : 0;
    firstWithFree = Math.min(firstWithFree, block.number);
    firstWithRun = Math.min(firstWithRun, block.number);
  }

  /** A span of that region has become free. */
  void freed(Region region, int number) {
    firstWithFree = Math.min(firstWithFree, number);
    firstWithRun = Math.min(firstWithRun, number);
    if (region.isEmpty()) {
      empty++;
      if (empty > 1 && memory.regions() - live < ABANDONED_MAX) {
        abandonHighestEmpty();
      }
    }
  }

  /** Maps a region; its number, or -1: the system refuses. */
  private int add() {
    @Nullable Region[] before = all;
    int number = 0;
    while (number < before.length && before[number] != null) {
      number++;
    }
    MemorySegment segment = number == MAX ? null : memory.map();
    if (segment == null) {
      return -1;
    }
    @Nullable Region[] more = Arrays.copyOf(before, Math.max(before.length, number + 1));
    more[number] = new Region(segment);
    all = more;
    live++;
    empty++;
    firstWithFree = Math.min(firstWithFree, number);
    firstWithRun = Math.min(firstWithRun, number);
    return number;
  }

  private void abandonHighestEmpty() {
    @Nullable Region[] fewer = all.clone();
    for (int number = fewer.length - 1; number >= 0; number--) {
      Region region = fewer[number];
      if (region != null && region.isEmpty()) {
        fewer[number] = null;
        break;
      }
    }
    all = fewer;
    live--;
    empty--;
  }

  void checkInvariants() {
    @Nullable Region[] now = all;
    int found = 0;
    int foundEmpty = 0;
    for (int number = 0; number < now.length; number++) {
      Region region = now[number];
      if (region != null) {
        region.checkInvariants();
        found++;
        foundEmpty += region.isEmpty() ? 1 : 0;
        if (number < firstWithFree && region.freeSpans() > 0) {
          throw new AssertionError("region " + number + " has room below " + firstWithFree);
        }
        if (number < firstWithRun && region.lowestFreeRun() >= 0) {
          throw new AssertionError("region " + number + " has a run below " + firstWithRun);
        }
      }
    }
    if (found != live || foundEmpty != empty) {
      throw new AssertionError(
          found + " regions, " + foundEmpty + " empty; counted " + live + ", " + empty);
    }
  }
}

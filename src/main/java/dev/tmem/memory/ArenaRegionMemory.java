package dev.tmem.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Regions by the JDK's own means, for systems whose calls we do not know: memory goes back in whole
 * regions only, when the collector finds that nothing refers to one any more.
 *
 * <p>Thread-safe: atomic counter only.
 */
@SuppressWarnings("restricted") // to be told when a region is gone
final class ArenaRegionMemory implements RegionMemory {

  /** Regions begin on a page of any common size. */
  private static final long ALIGNMENT = 1 << 16;

  private final AtomicInteger regions = new AtomicInteger();

  @Override
  public @Nullable MemorySegment map() {
    MemorySegment region;
    try {
      region = Arena.ofAuto().allocate(RegionPool.REGION_BYTES, ALIGNMENT);
    } catch (OutOfMemoryError none) {
      return null; // the process's bound on direct memory, or malloc's own
    }
    regions.incrementAndGet();
    return region.reinterpret(Arena.ofAuto(), gone -> abandoned(region));
  }

  /** Until this runs, the cleanup that calls it keeps the allocation itself alive. */
  private void abandoned(MemorySegment allocated) {
    try {
      regions.decrementAndGet();
    } finally {
      Reference.reachabilityFence(allocated);
    }
  }

  @Override
  public boolean populate(MemorySegment region, long at) {
    return false;
  }

  @Override
  public void discard(MemorySegment region, long at, long bytes) {
    // Nothing smaller than a region can be given back here.
  }

  @Override
  public int regions() {
    return regions.get();
  }
}

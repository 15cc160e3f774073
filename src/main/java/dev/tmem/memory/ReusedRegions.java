package dev.tmem.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Regions for pools that come and go by the thousand, as the nodes of a simulation do: what a
 * closed pool had the next one gets, and nothing is given back to the operating system in between.
 *
 * <p>Not for a node: its memory would only grow. Confined to one thread, and so are its pools.
 */
public final class ReusedRegions {

  private final RegionMemory system = RegionMemory.ofThisSystem();
  private final ArrayDeque<MemorySegment> idle = new ArrayDeque<>();
  private final RegionMemory kept = new Kept();

  /** A pool with no memory yet. It takes from what closed pools have left, if there is any. */
  public RegionPool newPool(MemoryAccount account) {
    return new RegionPool(account, null, kept);
  }

  private final class Kept implements RegionMemory {

    @Override
    public @Nullable MemorySegment map() {
      MemorySegment region = idle.poll();
      return region == null ? system.map() : region;
    }

    @Override
    public boolean populate(MemorySegment region, long at) {
      return false;
    }

    /** A whole region goes when its pool is closed. */
    @Override
    public void discard(MemorySegment region, long at, long bytes) {
      if (bytes == RegionPool.REGION_BYTES) {
        idle.push(region);
      }
    }

    @Override
    public int regions() {
      return system.regions();
    }
  }
}

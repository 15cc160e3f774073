package dev.tmem.memory;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How one operating system gives and takes back the memory of regions. Thread-safe.
 *
 * <p>A region's memory lives as long as its segment, or a buffer made of it, can be reached; the
 * garbage collector ends it. So a late reader, native code included, never touches an address that
 * is gone. It costs nothing that counts: a region that is let go of has been discarded before, what
 * waits for the collector is address space.
 */
interface RegionMemory {

  /** Processors on which Linux has the numbers that {@link LinuxRegionMemory} knows. */
  Set<String> LINUX_PROCESSORS = Set.of("amd64", "x86_64", "aarch64", "riscv64", "s390x");

  /**
   * A new region of {@link RegionPool#REGION_BYTES}, all zero; null if the system has no memory to
   * promise.
   */
  @Nullable MemorySegment map();

  /**
   * Makes a block of {@link RegionPool#BLOCK_BYTES} resident, in a huge page if the system has one
   * to give.
   *
   * @param at a multiple of the block size
   * @return whether it is; false: this system cannot be asked to
   */
  boolean populate(MemorySegment region, long at);

  /**
   * Gives the memory of a part of a region back to the system; the part stays usable.
   *
   * @param at a multiple of the span size
   */
  void discard(MemorySegment region, long at, long bytes);

  /** Regions that exist, those included that only wait for the collector. */
  int regions();

  /** The one for the system this runs on. */
  static RegionMemory ofThisSystem() {
    boolean linux = System.getProperty("os.name", "").equals("Linux");
    boolean known = LINUX_PROCESSORS.contains(System.getProperty("os.arch", ""));
    return linux && known ? new LinuxRegionMemory() : new ArenaRegionMemory();
  }
}

package dev.tmem.cli.bench;

import dev.tmem.memory.ProcessMemory;
import java.lang.management.ManagementFactory;

/**
 * What this process takes of the machine. Immutable.
 *
 * @param rssBytes resident, after a collection
 * @param heapBytes of the heap, what is alive
 */
record Footprint(long rssBytes, long heapBytes) {

  /** Collections before a look: what the first one finds dead may free something in the second. */
  private static final int COLLECTIONS = 3;

  /** Looks now. */
  static Footprint now() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return new Footprint(new ProcessMemory().rssBytes(), heap);
  }

  /** Whether the operating system tells it. */
  static boolean isKnown() {
    return new ProcessMemory().rssBytes() != ProcessMemory.UNKNOWN;
  }

  /** Resident bytes since then. */
  long rssSince(Footprint before) {
    return rssBytes - before.rssBytes;
  }
}

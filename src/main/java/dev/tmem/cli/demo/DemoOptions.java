package dev.tmem.cli.demo;

import dev.tmem.Options;
import dev.tmem.TmemOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * What is demonstrated. Immutable.
 *
 * @param nodes how many
 * @param data files and folders to import; none: those of the running JDK
 * @param poolBytes memory limit of each node
 */
public record DemoOptions(int nodes, List<Path> data, long poolBytes) {

  public static final int DEFAULT_NODES = 3;

  /** More than that on one machine shows nothing new. */
  public static final int MAX_NODES = 9;

  public static final String DEFAULT_POOL = "64m";

  /** 300 MiB, what is imported at least if nothing is named. */
  static final long DEFAULT_BYTES = 300L << 20;

  /** 2 GiB, what is imported at most if nothing is named. */
  static final long MAX_DEFAULT_BYTES = 2L << 30;

  /** So much original data fills all RAM there is to be had, and then some. */
  private static final double OVERFLOW = 2.3;

  /** 64 MiB, for what is on its way and for records that were overwritten. */
  private static final long SWAP_SLACK = 64L << 20;

  public DemoOptions {
    Options.inRange("nodes", nodes, 1, MAX_NODES);
    Options.inRange("pool", poolBytes, TmemOptions.MIN_MEMORY_LIMIT, 1L << 40);
    data = List.copyOf(data);
  }

  /** What each node lends: all peers together as much as the first node has itself. */
  long lendBytes() {
    return nodes == 1 ? 0 : Math.max(1, poolBytes / (nodes - 1));
  }

  /** How much to import so that every tier gets pages. */
  long defaultBytes() {
    long ram = poolBytes + lendBytes() * (nodes - 1);
    return Math.clamp((long) (OVERFLOW * ram), DEFAULT_BYTES, MAX_DEFAULT_BYTES);
  }

  /** A swap file that takes everything, even if nothing compresses. */
  static long swapFileBytes(long dataBytes) {
    return Math.max(TmemOptions.MIN_SWAP_FILE_SIZE, dataBytes + dataBytes / 2 + SWAP_SLACK);
  }
}

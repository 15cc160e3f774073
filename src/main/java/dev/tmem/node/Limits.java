package dev.tmem.node;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.memory.ProcessMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sizes that a node works with, the ones that it chose itself included. Immutable.
 *
 * @param memoryBytes of everything off-heap
 * @param lendBytes of peers' pages, part of the memory
 * @param swapFileBytes 0: no swap file
 */
record Limits(long memoryBytes, long lendBytes, long swapFileBytes) {

  static final String SWAP_FILE = "swap";

  private static final Logger LOG = LoggerFactory.getLogger(Limits.class);

  private static final int MEMORY_PERCENT = 15;
  private static final int FREE_SPACE_PERCENT = 10;
  private static final long MAX_DEFAULT_SWAP_BYTES = 4L << 30;

  /** Where the machine's RAM cannot be told. */
  private static final long UNKNOWN_RAM_BYTES = 2L << 30;

  /** A swap file that is smaller by default than this is not worth its buffers. */
  private static final long LEAST_DEFAULT_SWAP_BYTES = 64L << 20;

  /**
   * @param folder the node's data folder
   * @param ramBytes RAM of the machine or container; {@link ProcessMemory#UNKNOWN} is allowed
   * @param freeBytes free space of the folder's disk, with what an old swap file takes there
   */
  static Limits of(TmemOptions options, Path folder, long ramBytes, long freeBytes) {
    long ram = ramBytes == ProcessMemory.UNKNOWN ? UNKNOWN_RAM_BYTES : ramBytes;
    long memory = options.getMemoryLimit();
    if (memory == TmemOptions.DEFAULT_MEMORY_LIMIT) {
      memory = Math.max(ram / 100 * MEMORY_PERCENT, TmemOptions.MIN_MEMORY_LIMIT);
    } else if (memory > ram / 2) {
      LOG.warn(
          "memoryLimit {} is more than half of the RAM, {}: the heap and others need room too",
          Options.humanBytes(memory),
          Options.humanBytes(ram));
    }
    long lend = options.getLendLimit();
    if (lend == TmemOptions.DEFAULT_LEND_LIMIT) {
      lend = memory / 2;
    }
    return new Limits(memory, lend, swapFile(options, folder, freeBytes));
  }

  private static long swapFile(TmemOptions options, Path folder, long freeBytes) {
    if (options.getSwapFilePercent() > 0) {
      return freeBytes / 100 * options.getSwapFilePercent();
    }
    if (options.getSwapFileSize() != TmemOptions.DEFAULT_SWAP_FILE_SIZE) {
      return options.getSwapFileSize();
    }
    long size = Math.min(MAX_DEFAULT_SWAP_BYTES, freeBytes / 100 * FREE_SPACE_PERCENT);
    if (size < LEAST_DEFAULT_SWAP_BYTES) {
      LOG.warn(
          "no swap file: {} has {} free, of which {} % would be used; swapFileSize makes one",
          folder, Options.humanBytes(freeBytes), FREE_SPACE_PERCENT);
      return 0;
    }
    return size;
  }

  /** As {@link #of(TmemOptions, Path, long, long)} on this machine, now. */
  static Limits of(TmemOptions options, Path folder) {
    try {
      Path old = folder.resolve(SWAP_FILE);
      long free = Files.getFileStore(folder).getUsableSpace();
      long reused = Files.isRegularFile(old) ? Files.size(old) : 0;
      return of(options, folder, new ProcessMemory().ramBytes(), free + reused);
    } catch (IOException unusable) {
      throw new TmemException(
          ErrorCode.INVALID_OPTION,
          "dataFolder: " + folder + " cannot be looked at: " + unusable,
          unusable);
    }
  }
}

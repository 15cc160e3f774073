package dev.tmem.swapfile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An activated swap file: open, locked, every block reserved. Immutable; {@link #close} once, when
 * nobody uses it any more.
 *
 * @param io what reads and writes go through
 * @param firstGeneration of the range reserved for this activation
 * @param endGeneration first one that is not
 * @param created by this activation
 */
record SwapFile(
    Path path,
    Geometry geometry,
    UUID uuid,
    long firstGeneration,
    long endGeneration,
    FileIo io,
    FileChannel channel,
    @Nullable NativeFile descriptor,
    Object claim,
    boolean created) {

  /** Undoes an activation that came to nothing later on: as {@link #close}, without a trace. */
  void abandon() throws IOException {
    if (created) {
      Files.deleteIfExists(path);
    }
    close();
  }

  /**
   * Gives up lock, descriptors and the claim, in this order: closing any descriptor drops the lock,
   * so nothing may be closed while it still counts.
   */
  void close() throws IOException {
    try {
      channel.close();
    } finally {
      if (descriptor != null) {
        descriptor.close();
      }
      FilesInUse.ofProcess().release(claim);
    }
  }
}

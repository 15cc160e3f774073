package dev.tmem.swapfile;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.TmemException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An activated swap file: open, locked, every block reserved. Thread-safe: its own lock, for the
 * header; {@link #close} once, when nobody uses it any more.
 */
final class SwapFile {

  private final Path path;
  private final UUID uuid;
  private final long firstGeneration;
  private final FileIo io;
  private final FileChannel channel;
  private final @Nullable SystemFile system;
  private final Object claim;
  private final boolean created;

  /** As it was written last. */
  @GuardedBy("this")
  private FileHeader header;

  private volatile Geometry geometry;

  /**
   * @param header as it stands in the file
   * @param firstGeneration of the range reserved for this activation; it ends at the header's floor
   * @param io what reads and writes go through
   * @param created by this activation
   */
  SwapFile(
      Path path,
      FileHeader header,
      long firstGeneration,
      FileIo io,
      FileChannel channel,
      @Nullable SystemFile system,
      Object claim,
      boolean created) {
    this.path = path;
    this.header = header;
    this.uuid = header.uuid();
    this.geometry = header.geometry();
    this.firstGeneration = firstGeneration;
    this.io = io;
    this.channel = channel;
    this.system = system;
    this.claim = claim;
    this.created = created;
  }

  Path path() {
    return path;
  }

  /** How it is divided now; it only grows. */
  Geometry geometry() {
    return geometry;
  }

  UUID uuid() {
    return uuid;
  }

  long firstGeneration() {
    return firstGeneration;
  }

  /** The first generation that is not reserved for this activation. */
  synchronized long endGeneration() {
    return header.generationFloor();
  }

  FileIo io() {
    return io;
  }

  @Nullable SystemFile system() {
    return system;
  }

  /** As it was written last. */
  synchronized FileHeader header() {
    return header;
  }

  /**
   * Makes the file longer: reserves blocks, and says so in the header. Waits for the disk.
   *
   * @throws dev.tmem.TmemException with the reason; the file is as it was before
   */
  synchronized void grow(Geometry larger) throws IOException {
    long before = geometry.fileBytes();
    assert larger.segmentBytes() == geometry.segmentBytes() && larger.fileBytes() > before;
    try {
      new Reservation(path, channel, io, system).reserve(before, larger.fileBytes());
      writeHeader(larger);
      geometry = larger;
    } catch (IOException | RuntimeException e) {
      shrinkTo(before, e);
      throw e;
    }
  }

  @GuardedBy("this")
  private void writeHeader(Geometry larger) throws IOException {
    FileHeader longer =
        new FileHeader(header.node(), uuid, larger, header.generationFloor(), header.serial() + 1);
    try {
      HeaderBlocks.write(io, longer);
      header = longer;
    } catch (IOException e) {
      // One copy may have it: the next write must have a higher serial all the same.
      header =
          new FileHeader(header.node(), uuid, geometry, header.generationFloor(), longer.serial());
      throw e;
    }
  }

  /**
   * Looks whether the file is still there, the same, and whole. One that has been cut is made whole
   * again; what it had there is gone, as its checksums will tell. Waits for the disk.
   *
   * @return what is wrong with it; null: nothing
   */
  synchronized @Nullable String trouble() {
    try {
      if (!FilesInUse.identity(path).equals(claim)) {
        return "was replaced by another file";
      }
      if (channel.size() < geometry.fileBytes() || hasHoles()) {
        new Reservation(path, channel, io, system).reserve(0, geometry.fileBytes());
        HeaderBlocks.write(io, header);
      }
      return null;
    } catch (NoSuchFileException e) {
      return "was removed; what it holds is there until the node ends";
    } catch (TmemException e) {
      return String.valueOf(e.getMessage());
    } catch (IOException e) {
      return "cannot be looked at: " + e;
    }
  }

  private boolean hasHoles() {
    long reserved = system == null ? -1 : system.reservedBytes();
    return reserved >= 0 && reserved < geometry.fileBytes();
  }

  private void shrinkTo(long bytes, Exception reason) {
    try {
      if (channel.size() > bytes) {
        channel.truncate(bytes);
      }
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

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
      if (system != null) {
        system.close();
      }
      FilesInUse.ofProcess().release(claim);
    }
  }
}

package dev.tmem.swapfile;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that every block of a swap file is on the disk before it is used, so that no later
 * write fails for want of space. Immutable; confined to one thread at a time.
 *
 * @param system null: the system offers no call to reserve blocks, they are written
 */
record Reservation(Path file, FileChannel channel, FileIo io, @Nullable SystemFile system) {

  private static final int CHUNK_BYTES = 1 << 20;
  private static final byte[] ZEROS = new byte[CHUNK_BYTES];

  /**
   * Reserves the blocks of a range; what lies there stays.
   *
   * @param from not before the end of the header blocks
   * @throws TmemException with {@link ErrorCode#BACKEND_FAILED}, and the reason
   */
  void reserve(long from, long end) throws IOException {
    long before = heldBytes();
    long missing = Math.max(0, end - before);
    long usable = Files.getFileStore(file).getUsableSpace();
    if (missing > usable) {
      throw noSpace(missing, usable, end);
    }
    var outcome =
        system == null ? SystemFile.Reserved.UNSUPPORTED : system.reserve(from, end - from);
    if (outcome == SystemFile.Reserved.NO_SPACE) {
      throw noSpace(missing, usable, end);
    }
    if (outcome == SystemFile.Reserved.UNSUPPORTED) {
      write(from, end);
    }
    long now = system == null ? -1 : system.reservedBytes();
    if (now >= 0 && now < end) {
      throw refuse(
          file, "has holes that cannot be filled: " + now + " of " + end + " B reserved", null);
    }
  }

  /** Where the system does not tell, the file's length must do. */
  private long heldBytes() throws IOException {
    long reserved = system == null ? -1 : system.reservedBytes();
    return reserved >= 0 ? reserved : channel.size();
  }

  /** Writes what is there once more, which fills its holes, and zeros behind it. */
  private void write(long from, long end) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long length = Math.min(channel.size(), end);
    boolean whole = system != null && system.reservedBytes() >= length;
    for (long at = whole ? Math.max(from, length) : from; at < end; at += buffer.limit()) {
      long chunkEnd = at < length ? Math.min(length, at + CHUNK_BYTES) : end;
      buffer.clear().limit((int) Math.min(CHUNK_BYTES, chunkEnd - at));
      if (at < length) {
        io.readFully(buffer, at);
        buffer.rewind();
      } else {
        buffer.put(0, ZEROS, 0, buffer.limit());
      }
      io.writeFully(buffer, at);
    }
    io.force();
  }

  private TmemException noSpace(long missing, long usable, long end) {
    return refuse(
        file,
        "needs "
            + missing
            + " B more of disk space; "
            + usable
            + " B are free (size asked: "
            + end
            + " B)",
        null);
  }

  static TmemException refuse(Path file, String reason, @Nullable Throwable cause) {
    return new TmemException(
        ErrorCode.BACKEND_FAILED, "swap file " + file.toAbsolutePath() + " " + reason, cause);
  }
}

package dev.tmem.swapfile;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The calls that reach the disk; between them and the file, a test may put faults. Thread-safe; as
 * with a channel, a call may move fewer bytes than it was given.
 */
interface FileIo {

  /** Times a write may move nothing before it counts as failed. */
  int MAX_IDLE_WRITES = 16;

  /** What {@link #readNow} needs beside the bytes that it reads. */
  int SPARE_BYTES = 16;

  /**
   * @return bytes written, from the buffer's position on, which moves by as many
   */
  int write(ByteBuffer from, long position) throws IOException;

  /**
   * @return bytes read, into the buffer's position on, which moves by as many; -1 at the end
   */
  int read(ByteBuffer into, long position) throws IOException;

  /**
   * Reads until the buffer's limit what the system has at hand, without waiting for the disk.
   *
   * @param into direct; {@link #SPARE_BYTES} at the end of its capacity are written over
   * @return false: it has not, or cannot tell; the buffer's content is void, its position and limit
   *     are as they were
   */
  default boolean readNow(ByteBuffer into, long position) {
    return false;
  }

  /**
   * Asks the system to begin with bringing what has been written there to the disk, so that a later
   * {@link #force} finds less to do. Nothing is safer for it; what fails shows in that {@link
   * #force}.
   */
  default void startWriting(long position, long bytes) {}

  /** Brings what has been written to stable storage. */
  void force() throws IOException;

  /** Writes everything from the buffer's position to its limit. */
  default void writeFully(ByteBuffer from, long position) throws IOException {
    long at = position;
    int idle = 0;
    while (from.hasRemaining()) {
      int written = write(from, at);
      idle = written > 0 ? 0 : idle + 1;
      if (idle > MAX_IDLE_WRITES) {
        throw new IOException("the file takes no bytes at " + at);
      }
      at += written;
    }
  }

  /** Reads until the buffer's limit. */
  default void readFully(ByteBuffer into, long position) throws IOException {
    long at = position;
    while (into.hasRemaining()) {
      int got = read(into, at);
      if (got < 0) {
        throw new EOFException("the file ends at " + at);
      }
      at += got;
    }
  }
}

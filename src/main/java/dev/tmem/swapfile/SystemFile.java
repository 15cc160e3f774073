package dev.tmem.swapfile;

import java.nio.ByteBuffer;

/**
 * What Java's channels cannot do with a file: reserve blocks without writing them, tell how many
 * are reserved, read without waiting. Thread-safe but for {@link #close}.
 */
interface SystemFile extends AutoCloseable {

  /** What a reservation came to. */
  enum Reserved {
    DONE,
    NO_SPACE,
    /** The file system cannot, or says something else: write the bytes instead. */
    UNSUPPORTED
  }

  /** Reserves every block of that range, and makes the file that long if it is shorter. */
  Reserved reserve(long from, long bytes);

  /** Bytes of the disk that the file holds; -1 if the system does not tell. */
  long reservedBytes();

  /** As {@link FileIo#readNow}. */
  boolean readNow(ByteBuffer into, long position);

  /** As {@link FileIo#startWriting}. */
  void startWriting(long position, long bytes);

  @Override
  void close();
}

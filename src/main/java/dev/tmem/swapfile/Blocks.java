package dev.tmem.swapfile;

/**
 * What the system can be asked about the blocks of a file that Java's channels cannot: to reserve
 * them without writing them, and how many are reserved. Thread-safe but for {@link #close}.
 */
interface Blocks extends AutoCloseable {

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

  @Override
  void close();
}

package dev.tmem.swapfile;

import java.util.concurrent.Executor;

/**
 * Has the system begin with writing to the disk what lies in its cache, as soon as a segment is
 * full. Else it would wait until the cache is dirty enough, and a flush, or the next sync of a
 * durable area, would find all of it still to be written. Thread-safe.
 *
 * @param threads wait for the disk; may be too busy, which does no harm
 */
record WriteOut(SwapFile file, Executor threads) {

  /** So many bytes of a segment are written, and no more will be. */
  void sealed(int segment, int bytes) {
    long from = file.geometry().base(segment);
    threads.execute(() -> file.io().startWriting(from, bytes));
  }
}

package dev.tmem.codec;

import java.util.concurrent.atomic.LongAdder;

/**
 * The scratches of one codec: a fixed number, found by the thread's number, so that threads that
 * run at once seldom meet. Thread-safe: each scratch is taken by a compare-and-set, there is no
 * lock and no waiting.
 *
 * <p>Virtual threads may hold more scratches than there are processors, since one can be parked
 * while it holds one. When every place that is tried is taken, a scratch is made for that one call
 * and left to the garbage collector; the pool itself never grows.
 */
final class ScratchPool {
  /** Scratches per processor: threads parked with a scratch in hand leave some for the others. */
  private static final int SCRATCHES_PER_PROCESSOR = 4;

  private static final int MAX_SCRATCHES = 256;

  /** Fibonacci hashing: thread numbers count up, their upper product bits are well spread. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final CodecScratch[] scratches;
  private final Lz4 lz4;
  private final StoredLimit limit;
  private final LongAdder heldBytes = new LongAdder();
  private final LongAdder extras = new LongAdder();

  ScratchPool(Lz4 lz4, StoredLimit limit) {
    this.lz4 = lz4;
    this.limit = limit;
    int wanted = Runtime.getRuntime().availableProcessors() * SCRATCHES_PER_PROCESSOR;
    int size = Math.min(MAX_SCRATCHES, Integer.highestOneBit(Math.max(1, wanted - 1)) << 1);
    scratches = new CodecScratch[size];
    for (int i = 0; i < size; i++) {
      scratches[i] = new CodecScratch(lz4, limit, heldBytes);
    }
  }

  CodecScratch acquire() {
    int mask = scratches.length - 1;
    int start = (int) ((Thread.currentThread().threadId() * SPREAD) >>> 32);
    for (int i = 0; i <= mask; i++) {
      CodecScratch scratch = scratches[(start + i) & mask];
      if (scratch.tryTake()) {
        return scratch;
      }
    }
    extras.increment();
    return new CodecScratch(lz4, limit, new LongAdder());
  }

  int size() {
    return scratches.length;
  }

  /** Off-heap bytes of the pool's own scratches. */
  long heldBytes() {
    return heldBytes.sum();
  }

  /** How often every scratch was taken, and one was made for a single call. */
  long extras() {
    return extras.sum();
  }
}

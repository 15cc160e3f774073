package dev.tmem.swapfile;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Reads single copies on the caller's own thread if the system has them at hand, in its page cache:
 * nothing is waited for there, and two changes of threads are saved, which take longer than such a
 * read. What is not at hand is for {@link ReadPool}. Thread-safe: who takes a reader out of its
 * place has it to himself.
 */
final class WarmReads {

  /** More callers at once than that go to the pool. A power of two. */
  static final int READERS = 8;

  /** Each reader reads one copy. */
  static final int BUFFER_BYTES =
      (RecordLayout.MAX_RECORD + FileIo.SPARE_BYTES + 4095) / 4096 * 4096;

  /** After so many copies in a row that were not at hand, only now and then one is tried. */
  private static final int PATIENCE = 32;

  private static final int TRY_ONE_OF = 16;

  /** Places that are looked at for a reader before the pool is asked. */
  private static final int LOOKS = 2;

  private final AtomicReferenceArray<@Nullable RecordReader> places;

  /** Copies in a row that were not at hand; lost counts do no harm. */
  private volatile int misses;

  /**
   * @param readers {@link #READERS} of them, with buffers of {@link #BUFFER_BYTES}
   */
  WarmReads(List<RecordReader> readers) {
    places = new AtomicReferenceArray<>(readers.toArray(new RecordReader[0]));
  }

  /**
   * Reads a copy, if it is at hand.
   *
   * @return null: it is not, or nobody is free to look
   */
  @Nullable Fetched read(PageRef ref) {
    int missed = misses;
    if (missed > PATIENCE) {
      misses = missed + 1;
      if (missed % TRY_ONE_OF != 0) {
        return null;
      }
    }
    int home = (int) Thread.currentThread().threadId();
    for (int i = 0; i < LOOKS; i++) {
      int place = (home + i) & READERS - 1;
      RecordReader reader = places.getAndSet(place, null);
      if (reader != null) {
        try {
          Fetched answer = reader.readNow(ref);
          count(missed, answer != null);
          return answer;
        } finally {
          places.setRelease(place, reader);
        }
      }
    }
    return null;
  }

  private void count(int missed, boolean hit) {
    if (!hit) {
      misses = missed + 1;
    } else if (missed > 0) {
      misses = 0;
    }
  }

  /** Waits for reads under way, which take no longer than a copy does, and lets none begin. */
  void close() {
    for (int place = 0; place < READERS; place++) {
      while (places.getAndSet(place, null) == null) {
        Thread.onSpinWait();
      }
    }
  }
}

package dev.tmem.dispatch;

import dev.tmem.backend.Codec;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What stores into RAM count in one stripe, as plain numbers: an atomic operation would wait until
 * the zpage that was just copied has left the processor, and keep the next page from being read
 * meanwhile. {@link SpaceCounters} adds them to what everything else counts.
 *
 * <p>Thread-safe: written under the lock of the stripe alone; read by anybody at any time, so that
 * sums belong to no single instant.
 */
final class StripeCounts {

  /** Stores that kept a page, bytes of their pages and of their zpages, those kept as they are. */
  static final int STORES = 0;

  static final int ORIGINAL_BYTES = STORES + 1;
  static final int ZPAGE_BYTES = ORIGINAL_BYTES + 1;
  static final int HUGE_PAGES_SINCE = ZPAGE_BYTES + 1;

  /** New slots; those that are removed are counted elsewhere. */
  static final int PAGES = HUGE_PAGES_SINCE + 1;

  /** Slots that were freed. */
  static final int NOTIFY_FREE = PAGES + 1;

  /** Primary copies in the backend of ordinal 0; those of the next ordinals follow. */
  private static final int PRIMARY = NOTIFY_FREE + 1;

  /** Backends whose copies are counted here: the first of a node, its RAM among them. */
  static final int ORDINALS = 4;

  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] counts = new long[PRIMARY + ORDINALS];

  /** The caller holds the stripe's lock. */
  void add(int count, long change) {
    COUNTS.setOpaque(counts, count, counts[count] + change);
  }

  /** A page is kept. The caller holds the stripe's lock. */
  void stored(Codec codec, int originalLength, int zpageLength) {
    add(STORES, 1);
    add(ORIGINAL_BYTES, originalLength);
    add(ZPAGE_BYTES, zpageLength);
    if (codec == Codec.RAW) {
      add(HUGE_PAGES_SINCE, 1);
    }
  }

  /**
   * A primary copy comes or goes. The caller holds the stripe's lock.
   *
   * @param ordinal below {@link #ORDINALS}
   */
  void primary(int ordinal, int change) {
    add(PRIMARY + ordinal, change);
  }

  long get(int count) {
    return (long) COUNTS.getOpaque(counts, count);
  }

  long primary(int ordinal) {
    return get(PRIMARY + ordinal);
  }
}

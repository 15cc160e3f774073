package dev.tmem.dispatch;

import dev.tmem.backend.Codec;

/** Which pages in RAM are written back, by zram's words. */
public enum WritebackClass {
  /** Kept as they are, since compressing them does not pay. */
  HUGE,
  /** Marked as idle, and not accessed since. */
  IDLE,
  /** Recompression has been through, and no codec shrinks them. */
  INCOMPRESSIBLE;

  /** A page that nobody asked for in so long is idle to the work by the clock, marked or not. */
  static final long CLOCK_IDLE_SECONDS = 3_600;

  private static final int CLOCK_IDLE_AGE = IdleAge.atLeast(CLOCK_IDLE_SECONDS);

  /** Whether a page in RAM with that word belongs to it. */
  boolean has(long word) {
    return switch (this) {
      case HUGE -> SlotWord.codec(word) == Codec.RAW;
      case IDLE -> SlotWord.has(word, SlotWord.IDLE);
      case INCOMPRESSIBLE ->
          SlotWord.codec(word) == Codec.RAW && SlotWord.has(word, SlotWord.TRIED);
    };
  }

  /** The same to the work by the clock. */
  boolean hasByClock(long word) {
    return has(word) || (this == IDLE && SlotWord.age(word) >= CLOCK_IDLE_AGE);
  }
}

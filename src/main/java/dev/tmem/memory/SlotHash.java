package dev.tmem.memory;

/**
 * Where a key belongs. Immutable.
 *
 * <p>The <em>position</em> decides the block: 63 bits of which the leading ones index the
 * directory. It is skewed on purpose, twice as many keys at its dense end as at the other: with
 * even positions all blocks of a growing table would fill, and split, at the same time, and right
 * after that the table would be half empty. Skewed, some block is always due and the load stays
 * near ln 2.
 *
 * <p>The <em>home</em>, the first slot to look at within a block, comes from the low bits of the
 * same hash, which the leading ones say nothing about.
 */
final class SlotHash {

  static final int POSITION_BITS = 63;

  /** Two thirds and one third, as 64-bit fractions. */
  private static final long TWO_THIRDS = 0xAAAA_AAAA_AAAA_AAAAL;

  private static final long ONE_THIRD = 0x5555_5555_5555_5555L;

  private SlotHash() {}

  /** A bijection of the 64-bit words in which every bit depends on every other. */
  static long mix(long key) {
    long z = key;
    z = (z ^ (z >>> 27)) * 0x3C79_AC49_2BA7_B653L;
    z = (z ^ (z >>> 33)) * 0x1C69_B3F7_4AC4_AE35L;
    return z ^ (z >>> 27);
  }

  /** With u the hash as a fraction of 1: u (2 + u) / 3, which grows with u. */
  static long position(long hash) {
    long factor = TWO_THIRDS + Math.unsignedMultiplyHigh(hash, ONE_THIRD);
    return Math.unsignedMultiplyHigh(hash, factor) >>> 1;
  }

  /** 0 to slots - 1. */
  static int home(long hash, int slots) {
    return (int) (((hash & 0xFFFF_FFFFL) * slots) >>> 32);
  }
}

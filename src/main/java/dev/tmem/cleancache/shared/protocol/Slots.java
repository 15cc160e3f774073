package dev.tmem.cleancache.shared.protocol;

import dev.tmem.ObjectKey;

/** Objects fall into slots, and slots have homes. All pages of an object have one home. */
public final class Slots {

  /**
   * How many: enough that the homes of a view differ by chance alone, few enough to be sent. A
   * power of two.
   */
  public static final int COUNT = 1024;

  private static final int BITS = Integer.numberOfTrailingZeros(COUNT);

  private Slots() {}

  /** The slot of an object; the same on every node and in every release. */
  public static int of(ObjectKey object) {
    return (int) (mix(object.high() + mix(object.low())) >>> (Long.SIZE - BITS));
  }

  /** Every bit depends on every bit: Stafford's variant 13 of MurmurHash3's finish. */
  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }
}

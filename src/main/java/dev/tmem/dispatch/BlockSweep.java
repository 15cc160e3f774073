package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * Goes through the ephemeral pages of one block of slots, and removes some: what a {@link
 * TableWalk} must not do. Confined to its owner.
 */
final class BlockSweep {

  /** What becomes of a page. */
  enum Fate {
    STAYS,
    /** It stays, and loses a reference. */
    COOLS,
    /** It goes, for want of room. */
    DROPPED,
    /** It goes, since its time is over. */
    EXPIRED
  }

  private long[] going = new long[64];
  private int count;
  private int expired;

  /**
   * Looks at the next block of a stripe.
   *
   * @param cursor as of {@link dev.tmem.memory.SlotTable#sweep}
   * @param judge tells by a page's word what becomes of it
   * @return the next cursor; -1: that was the last block
   */
  @SuppressWarnings("GuardedBy") // the visitor runs within the sweep, locked
  long next(Stripe stripe, long cursor, LongFunction<Fate> judge) {
    stripe.lock.lock();
    try {
      count = 0;
      expired = 0;
      long next = stripe.slots.sweep(cursor, ref -> look(stripe, ref, judge));
      for (int i = 0; i < count; i++) {
        stripe.remove(stripe.slots.find(going[i]), null);
      }
      SpaceCounters counters = stripe.space().counters();
      counters.expired.add(expired);
      counters.dropped.add(count - expired);
      return next;
    } finally {
      stripe.lock.unlock();
    }
  }

  @GuardedBy("stripe.lock")
  private void look(Stripe stripe, long ref, LongFunction<Fate> judge) {
    long word = stripe.slots.word(ref);
    Fate fate = judge.apply(word);
    if (fate == Fate.COOLS) {
      stripe.slots.setWord(ref, SlotWord.withReferences(word, SlotWord.references(word) - 1));
    } else if (fate != Fate.STAYS) {
      expired += fate == Fate.EXPIRED ? 1 : 0;
      if (count == going.length) {
        going = Arrays.copyOf(going, 2 * count);
      }
      going[count++] = stripe.slots.key(ref);
    }
  }
}

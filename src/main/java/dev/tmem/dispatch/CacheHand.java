package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Drops the coldest pages of one clean cache, as {@link EphemeralHand} does of all of them.
 *
 * <p>Thread-safe: this object's monitor, which ranks above the stripes' locks.
 */
final class CacheHand {

  private final PageSpace space;

  @GuardedBy("this")
  private int stripe;

  @GuardedBy("this")
  private long cursor;

  @GuardedBy("this")
  private final BlockSweep sweep = new BlockSweep();

  CacheHand(PageSpace space) {
    this.space = space;
  }

  synchronized int drop(int max) {
    int dropped = 0;
    Stripe[] stripes = space.stripes();
    // a page has at most three references to lose; the first round may have begun in the middle
    long looks = (SlotWord.MAX_REFERENCES + 3L) * stripes.length;
    while (dropped < max && looks > 0 && space.counters().pages() > 0) {
      dropped += dropInBlock(stripes[stripe], max - dropped);
      if (cursor < 0) {
        cursor = 0;
        stripe = (stripe + 1) % stripes.length;
        looks--;
      }
    }
    return dropped;
  }

  @GuardedBy("this")
  private int dropInBlock(Stripe block, int max) {
    CachePages pages = space.cache();
    int[] dropped = {0};
    cursor =
        sweep.next(
            block,
            cursor,
            word -> {
              if (dropped[0] >= max) {
                return BlockSweep.Fate.STAYS;
              }
              boolean isOver = pages.isExpired(word);
              if (!isOver && SlotWord.references(word) > 0) {
                return BlockSweep.Fate.COOLS;
              }
              dropped[0]++;
              return isOver ? BlockSweep.Fate.EXPIRED : BlockSweep.Fate.DROPPED;
            });
    return dropped[0];
  }
}

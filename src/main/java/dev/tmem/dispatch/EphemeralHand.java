package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Drops cold ephemeral pages: a hand goes round the page tables of the clean caches, takes one
 * reference from each page it passes, and drops those that have none left, and those whose time is
 * over. It is to them what {@link ClockHand} is to persistent pages, but need not keep anything.
 *
 * <p>Thread-safe: under this object's monitor, which ranks above the stripes' locks.
 */
final class EphemeralHand {

  private final Dispatcher dispatcher;

  /** Caches that this round has not come to. */
  @GuardedBy("this")
  private Iterator<PageSpace> spaces = List.<PageSpace>of().iterator();

  @GuardedBy("this")
  private @Nullable PageSpace space;

  @GuardedBy("this")
  private int stripe;

  @GuardedBy("this")
  private long cursor;

  @GuardedBy("this")
  private final BlockSweep sweep = new BlockSweep();

  EphemeralHand(Dispatcher dispatcher) {
    this.dispatcher = dispatcher;
  }

  /**
   * Drops the coldest pages.
   *
   * @param source the RAM backend that is short
   * @param max pages at the most
   * @param inSlots also pages that lie in their slots, which take memory from every backend
   * @return how many were dropped; 0: there are none
   */
  synchronized int drop(RegisteredBackend source, int max, boolean inSlots) {
    int dropped = 0;
    // A page has at most three references to lose; the first round may have begun in the middle.
    int rounds = 0;
    while (dropped < max && rounds <= SlotWord.MAX_REFERENCES + 2) {
      PageSpace current = space;
      if (current != null) {
        dropped += dropInBlock(current, source, max - dropped, inSlots);
      } else if (spaces.hasNext()) {
        PageSpace next = spaces.next();
        space = next.counters().pages() == 0 ? null : next;
        stripe = 0;
        cursor = 0;
      } else {
        List<PageSpace> caches = dispatcher.ephemeralSpaces();
        if (caches.isEmpty()) {
          break;
        }
        spaces = caches.iterator();
        rounds++;
      }
    }
    return dropped;
  }

  /**
   * Drops every page that lies in a backend, touched lately or not.
   *
   * @return how many were dropped
   */
  static long dropAll(Dispatcher dispatcher, RegisteredBackend source) {
    long[] dropped = {0};
    BlockSweep sweep = new BlockSweep();
    for (PageSpace cache : dispatcher.ephemeralSpaces()) {
      for (Stripe stripe : cache.stripes()) {
        long cursor = 0;
        while (cursor >= 0) {
          cursor =
              sweep.next(
                  stripe,
                  cursor,
                  word -> {
                    if (SlotWord.ordinal(word) != source.ordinal) {
                      return BlockSweep.Fate.STAYS;
                    }
                    dropped[0]++;
                    return BlockSweep.Fate.DROPPED;
                  });
        }
      }
    }
    return dropped[0];
  }

  @GuardedBy("this")
  private int dropInBlock(PageSpace cache, RegisteredBackend source, int max, boolean inSlots) {
    CachePages pages = cache.cache();
    int[] dropped = {0};
    cursor =
        sweep.next(
            cache.stripes()[stripe],
            cursor,
            word -> {
              boolean lies =
                  SlotWord.ordinal(word) == source.ordinal || (inSlots && SlotWord.isInSlot(word));
              if (!lies || dropped[0] >= max) {
                return BlockSweep.Fate.STAYS;
              }
              if (pages.isExpired(word)) {
                dropped[0]++;
                return BlockSweep.Fate.EXPIRED;
              }
              if (SlotWord.references(word) > 0) {
                return BlockSweep.Fate.COOLS;
              }
              dropped[0]++;
              return BlockSweep.Fate.DROPPED;
            });
    if (cursor < 0) {
      cursor = 0;
      stripe++;
      if (stripe == cache.stripes().length) {
        space = null;
      }
    }
    return dropped[0];
  }
}

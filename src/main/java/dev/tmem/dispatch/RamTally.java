package dev.tmem.dispatch;

import dev.tmem.backend.Codec;
import dev.tmem.backend.RamBackend;
import dev.tmem.memory.SlotTable;

/**
 * What the pages of one stripe take whose content lies in a RAM backend; same-filled pages, which
 * lie in their slots, are not among them.
 *
 * <p>The sums go by what the backend says of a zpage when it comes and when it goes. When it throws
 * instead they are not right any more, and are made anew at the next look.
 *
 * <p>Confined to the lock of its stripe: plain numbers, since every store passes here.
 */
final class RamTally {

  /**
   * The same of a whole page space. Immutable.
   *
   * @param originalBytes bytes of the pages
   * @param zpageBytes bytes of their zpages
   * @param goodPages pages whose zpage is at most half a page long
   * @param hugePages pages that are kept as they are
   */
  record Sum(long originalBytes, long zpageBytes, long goodPages, long hugePages) {
    static final Sum NONE = new Sum(0, 0, 0, 0);
  }

  /** Looks from one recount to the next, if the backend throws at that too. */
  private static final int LOOKS_BETWEEN = 64;

  private final PageSpace space;
  private long pages;
  private long originalBytes;
  private long zpageBytes;
  private long goodPages;
  private long hugePages;

  /** The look at which the sums are made anew; 0: they are right. */
  private int looksToRecount;

  RamTally(PageSpace space) {
    this.space = space;
  }

  /**
   * A primary copy comes or goes; it counts if it lies in RAM.
   *
   * @param handle valid
   * @param change 1 or -1
   */
  void count(long word, long handle, int change) {
    int ordinal = SlotWord.ordinal(word);
    if (ordinal == SlotWord.NOWHERE) {
      return;
    }
    RegisteredBackend backend = space.dispatcher().backends().get(ordinal);
    RamBackend ram = backend.ram();
    if (ram == null) {
      return;
    }
    try {
      count(ram, word, handle, change);
    } catch (RuntimeException | AssertionError thrown) {
      backend.inRam().lookFault(thrown);
      looksToRecount = Math.max(1, looksToRecount);
    }
  }

  private void count(RamBackend ram, long word, long handle, int change) {
    int pageSize = space.config().pageSize();
    int zpageLength = RamForm.zpageLength(ram, word, handle);
    int originalLength = RamForm.originalLength(ram, word, handle, pageSize);
    pages += change;
    originalBytes += (long) change * originalLength;
    zpageBytes += (long) change * zpageLength;
    goodPages += zpageLength <= pageSize / 2 ? change : 0;
    hugePages += SlotWord.codec(word) == Codec.RAW ? change : 0;
  }

  /** Pages that lie in RAM. */
  long pages() {
    return pages;
  }

  /**
   * Adds the sums to others.
   *
   * @param slots all that were counted
   */
  Sum plus(Sum sum, SlotTable slots) {
    if (looksToRecount > 0 && --looksToRecount == 0) {
      recount(slots);
    }
    Sum own = sum();
    return new Sum(
        sum.originalBytes + own.originalBytes,
        sum.zpageBytes + own.zpageBytes,
        sum.goodPages + own.goodPages,
        sum.hugePages + own.hugePages);
  }

  /** The sums as they are. */
  Sum sum() {
    return new Sum(originalBytes, zpageBytes, goodPages, hugePages);
  }

  private void recount(SlotTable slots) {
    RamTally right = new RamTally(space);
    for (long cursor = 0; cursor >= 0 && right.looksToRecount == 0; ) {
      cursor = slots.sweep(cursor, ref -> right.count(slots.word(ref), slots.handle(ref), 1));
    }
    if (right.looksToRecount > 0) {
      looksToRecount = LOOKS_BETWEEN;
      return;
    }
    pages = right.pages;
    originalBytes = right.originalBytes;
    zpageBytes = right.zpageBytes;
    goodPages = right.goodPages;
    hugePages = right.hugePages;
  }
}

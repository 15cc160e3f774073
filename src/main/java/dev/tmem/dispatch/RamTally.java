package dev.tmem.dispatch;

import dev.tmem.backend.Codec;

/**
 * What the pages of one stripe take whose content lies in a RAM backend; same-filled pages, which
 * lie in their slots, are not among them.
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

  private long pages;
  private long originalBytes;
  private long zpageBytes;
  private long goodPages;
  private long hugePages;

  /**
   * A copy in RAM comes or goes.
   *
   * @param change 1 or -1
   */
  void count(Codec codec, int zpageLength, int originalLength, int pageSize, int change) {
    pages += change;
    originalBytes += (long) change * originalLength;
    zpageBytes += (long) change * zpageLength;
    goodPages += zpageLength <= pageSize / 2 ? change : 0;
    hugePages += codec == Codec.RAW ? change : 0;
  }

  /** Pages that lie in RAM. */
  long pages() {
    return pages;
  }

  Sum plus(Sum sum) {
    return new Sum(
        sum.originalBytes + originalBytes,
        sum.zpageBytes + zpageBytes,
        sum.goodPages + goodPages,
        sum.hugePages + hugePages);
  }
}

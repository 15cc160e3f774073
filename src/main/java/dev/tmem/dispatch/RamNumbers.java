package dev.tmem.dispatch;

import java.util.Map;

/**
 * What of a page space lies in local RAM, by the rules of zram and of ramzswap. Immutable; its
 * parts are not of one instant.
 *
 * @param pages with their primary copy in RAM, same-filled ones not among them
 * @param samePages kept in their slots
 * @param pageSize bytes of a full page
 * @param originalBytes bytes of {@code pages}
 * @param zpageBytes bytes of their zpages
 * @param goodPages those of {@code pages} whose zpage is at most half a page long
 * @param hugePages those of {@code pages} that are kept as they are
 */
public record RamNumbers(
    long pages,
    long samePages,
    long pageSize,
    long originalBytes,
    long zpageBytes,
    long goodPages,
    long hugePages) {

  static RamNumbers of(PageSpace space, Backends backends) {
    RamTally.Sum tally = space.ramTally();
    long pages = 0;
    for (RegisteredBackend backend : backends.chain()) {
      pages += backend.ram() == null ? 0 : space.counters().primaryPages(backend.ordinal);
    }
    return new RamNumbers(
        pages,
        space.counters().samePages(),
        space.config().pageSize(),
        tally.originalBytes(),
        tally.zpageBytes(),
        tally.goodPages(),
        tally.hugePages());
  }

  /** {@code good_compress_pct}; 0 if there is no page. */
  public long goodPercent() {
    return percent(goodPages);
  }

  /** {@code pages_expand_pct}; 0 if there is no page. */
  public long hugePercent() {
    return percent(hugePages);
  }

  private long percent(long part) {
    return pages <= 0 ? 0 : part * 100 / pages;
  }

  /** The gauges of zram's {@code mm_stat}; there, pages in slots count as stored. */
  void addTo(Map<String, Long> numbers) {
    numbers.put("orig_data_size", originalBytes + samePages * pageSize);
    numbers.put("compr_data_size", zpageBytes);
    numbers.put("huge_pages", hugePages);
  }
}

package dev.tmem.swapfile;

import dev.tmem.backend.DurableArea;
import dev.tmem.backend.DurableBackend;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a swap file keeps through the end of the process: its durable areas, and what was found of
 * them at activation until that is told. Thread-safe: its monitor guards what was found.
 */
final class DurableLog {

  private static final Logger LOG = LoggerFactory.getLogger(DurableLog.class);

  private final SwapFile file;
  private final Catalogue atStart;
  private final DurableAreas areas;
  private final RecoveredPages pages = new RecoveredPages();
  private final RecoveredPages cut = new RecoveredPages();
  private final Set<Integer> told = new HashSet<>();
  private Recovery.Summary summary = new Recovery.Summary(0, 0, 0, 0);
  private long foundPages;
  private long lostPages;

  private DurableLog(SwapFile file, Catalogue catalogue) {
    this.file = file;
    this.atStart = catalogue;
    this.areas = new DurableAreas(file.io(), catalogue);
  }

  /** Reads the catalogue. */
  static DurableLog open(SwapFile file) throws IOException {
    Catalogue catalogue = Catalogue.read(file.io());
    return new DurableLog(
        file, catalogue == null ? Catalogue.empty(file.firstGeneration()) : catalogue);
  }

  DurableAreas areas() {
    return areas;
  }

  /**
   * Finds what the file holds; nothing else uses the log yet.
   *
   * @param buffer of a segment's size
   */
  synchronized void recover(SegmentTable table, LogWriter log, ByteBuffer buffer)
      throws IOException {
    if (!areas.any()) {
      return;
    }
    Recovery recovery = new Recovery(file, atStart, table, pages, cut, buffer);
    summary = recovery.run();
    areas.setClosed(false);
    recovery.mend(log, areas);
    foundPages = pages.count(RecoveredPages.PAGE);
    lostPages = (long) pages.count(RecoveredPages.LOST) + pages.count(RecoveredPages.EXPECTED_PAGE);
    LOG.info(
        "swap file {}: {} pages of {} durable areas found in {} segments in {} ms; {} lost, {}"
            + " damaged places",
        file.path(),
        foundPages,
        atStart.areas().size(),
        summary.segments(),
        summary.millis(),
        lostPages,
        summary.damagedPlaces());
  }

  /** Tells what was found of an area. */
  synchronized void tellFound(int number, DurableBackend.Found found) {
    int position = position(number);
    if (!told.add(number)) {
      throw new IllegalStateException("area " + number + " has been told of");
    }
    pages.visit((area, offset, epoch, kind, word, handle) -> {
      if (area == position) {
        switch (kind) {
          case RecoveredPages.PAGE ->
              found.page(
                  offset, epoch, RecoveredPages.codec(word), RecoveredPages.isShort(word), handle);
          case RecoveredPages.LOST, RecoveredPages.EXPECTED_PAGE -> found.lost(offset, epoch);
          default -> found.used(offset, epoch);
        }
      }
    });
    cut.visit((area, offset, epoch, kind, word, handle) -> {
      if (area == position) {
        found.used(offset, epoch);
      }
    });
    if (told.size() == atStart.areas().size()) {
      pages.clear();
      cut.clear();
    }
  }

  /**
   * Whether the file held something damaged at the start, and so may hold it still: headers alone
   * are not to be trusted.
   */
  synchronized boolean foundDamage() {
    return summary.damagedPlaces() > 0;
  }

  private int position(int number) {
    List<DurableArea> all = atStart.areas();
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).number() == number) {
        return i;
      }
    }
    throw new IllegalArgumentException("no area " + number + " was found");
  }

  synchronized void addTo(Map<String, Long> counters) {
    counters.put("durable_areas", (long) areas.list().size());
    counters.put("lost_on_record", (long) areas.lostPages());
    counters.put("recovered_pages", foundPages);
    counters.put("recovered_lost", lostPages);
    counters.put("recovery_segments", summary.segments());
    counters.put("recovery_damaged", summary.damagedPlaces());
    counters.put("recovery_unlisted", summary.unlisted());
    counters.put("recovery_millis", summary.millis());
  }
}

package dev.tmem.cli.torture;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the pages of one area may hold. Thread-safe: each page's monitor. */
final class AreaOracle {

  private final String name;
  private final long number;
  private final PageOracle[] pages;

  /**
   * @param number stands in its pages; no other area may ever have had it
   */
  AreaOracle(String name, long number, int pages) {
    this.name = name;
    this.number = number;
    this.pages = Stream.generate(PageOracle::new).limit(pages).toArray(PageOracle[]::new);
  }

  int pages() {
    return pages.length;
  }

  PageOracle page(int offset) {
    return pages[offset];
  }

  byte[] content(int offset, long version) {
    return new TorturePage(number, offset, version).bytes();
  }

  /** Judges what a load returned, and counts it. */
  void judge(PageOracle.Reading reading, int offset, byte @Nullable [] bytes, Findings findings) {
    findings.add(reading.judge(number, offset, bytes), where(offset));
  }

  String where(int offset) {
    return "page " + offset + " of area " + name;
  }

  /** Pages that can only be there. */
  long present() {
    return Stream.of(pages).filter(PageOracle::isPresent).count();
  }
}

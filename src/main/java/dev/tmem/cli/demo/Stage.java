package dev.tmem.cli.demo;

import dev.tmem.cli.terminal.Amount;
import java.util.concurrent.atomic.LongAdder;

/** One step of the demonstration, as it goes on. Thread-safe: a counter. */
final class Stage {

  private final String label;
  private final long totalPages;
  private final LongAdder donePages = new LongAdder();
  private final long began = System.nanoTime();

  /**
   * @param totalPages 0 if the step is not about a number of pages
   */
  Stage(String label, long totalPages) {
    this.label = label;
    this.totalPages = totalPages;
  }

  void add(long pages) {
    donePages.add(pages);
  }

  double seconds() {
    return (System.nanoTime() - began) / 1e9;
  }

  double pagesPerSecond() {
    return donePages.sum() / seconds();
  }

  String text() {
    if (totalPages == 0) {
      return label;
    }
    long done = donePages.sum();
    return "%s  %s  %s of %s pages  %s"
        .formatted(
            label,
            Amount.percent(done, totalPages),
            Amount.count(done),
            Amount.count(totalPages),
            Amount.pagesPerSecond(pagesPerSecond()));
  }
}

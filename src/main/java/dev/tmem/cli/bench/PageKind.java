package dev.tmem.cli.bench;

import java.util.random.RandomGenerator;

/** What a page of the corpus is drawn from, and how many in a hundred are. */
enum PageKind {
  /** The JDK's own classes, as {@code lib/modules} has them. */
  CLASSES(25),
  /** Programs and libraries. */
  BINARY(25),
  /** Text, source and JSON. */
  TEXT(35),
  ZERO(10),
  RANDOM(5);

  private static final PageKind[] ALL = values();

  private final int percent;

  PageKind(int percent) {
    this.percent = percent;
  }

  int percent() {
    return percent;
  }

  static PageKind draw(RandomGenerator random) {
    int at = random.nextInt(100);
    for (PageKind kind : ALL) {
      at -= kind.percent;
      if (at < 0) {
        return kind;
      }
    }
    throw new AssertionError("the shares are less than all");
  }
}

package dev.tmem.cli.simulation;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One life of a swap area, with what is known of its pages. Confined to the thread of its schedule.
 */
final class SimArea {

  private final LiveNode node;
  private final int number;
  private final String name;
  private final SwapAreaOptions options;
  private final PageTruth[] pages;
  private @Nullable SwapArea handle;
  private int sweeps;
  private boolean ended;

  /**
   * @param number never used twice in a schedule
   */
  SimArea(LiveNode node, int number, String name, SwapAreaOptions options, int offsets) {
    this.node = node;
    this.number = number;
    this.name = name;
    this.options = options;
    this.pages = new PageTruth[offsets];
    for (int i = 0; i < offsets; i++) {
      pages[i] = new PageTruth();
    }
  }

  LiveNode node() {
    return node;
  }

  int number() {
    return number;
  }

  String name() {
    return name;
  }

  SwapAreaOptions options() {
    return options;
  }

  int offsets() {
    return pages.length;
  }

  PageTruth page(long offset) {
    return pages[(int) offset];
  }

  void opened(SwapArea opened) {
    handle = opened;
  }

  /** Whether it can be used. */
  boolean isOpen() {
    return handle != null && !ended;
  }

  SwapArea handle() {
    return Objects.requireNonNull(handle);
  }

  /** It is of no use any more; what is under way may fail. */
  void end() {
    ended = true;
  }

  boolean hasEnded() {
    return ended;
  }

  /** Every page may go, now or later. */
  void sweepBegins() {
    sweeps++;
    for (PageTruth page : pages) {
      page.mayAlsoBe(PageTruth.ABSENT);
    }
  }

  void sweepEnds() {
    sweeps--;
  }

  /** Whether pages that are stored may go by a sweep that began before. */
  boolean isBeingSwept() {
    return sweeps > 0;
  }

  @Override
  public String toString() {
    return node.machine().name() + "/" + name + "#" + number;
  }
}

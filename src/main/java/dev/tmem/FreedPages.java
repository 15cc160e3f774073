package dev.tmem;

/**
 * Slots of one area that became free, in order for each page. Immutable.
 *
 * <p>What was freed is a <em>version</em> of a page: offset and epoch. By the time this is heard a
 * newer page may stand at that offset; it has a higher epoch ({@link SwapArea#epoch}), so whoever
 * acts only on what is not newer than the epoch named here never harms it.
 */
public final class FreedPages {

  private final String area;
  private final int number;
  private final long[] offsets;
  private final long[] epochs;
  private final long missed;

  /**
   * @param number of the area: never used twice in a life of the node
   * @param offsets of the pages
   * @param epochs of the versions that were freed, in the same order
   * @param missed pages freed since the batch before that are not named, for want of room: whoever
   *     has to know all looks through the area ({@link SwapArea#offsets})
   */
  public FreedPages(String area, int number, long[] offsets, long[] epochs, long missed) {
    if (offsets.length != epochs.length) {
      throw new IllegalArgumentException(offsets.length + " offsets, " + epochs.length + " epochs");
    }
    this.area = area;
    this.number = number;
    this.offsets = offsets.clone();
    this.epochs = epochs.clone();
    this.missed = missed;
  }

  /** Name of the area. */
  public String area() {
    return area;
  }

  /** Number of the area. */
  public int number() {
    return number;
  }

  /** How many pages are named. */
  public int count() {
    return offsets.length;
  }

  /** Where a page was. */
  public long offset(int index) {
    return offsets[index];
  }

  /** Which version of it was freed. */
  public long epoch(int index) {
    return epochs[index];
  }

  /** Pages freed since the batch before that are not named. */
  public long missed() {
    return missed;
  }

  @Override
  public String toString() {
    return "area "
        + area
        + " (number "
        + number
        + "): "
        + count()
        + " freed, "
        + missed
        + " missed";
  }
}

package dev.tmem.backend;

import io.vertx.core.Future;
import java.util.List;

/**
 * A backend that keeps the pages of some areas through the end of the process.
 *
 * <p>A put of pages of such an area is acknowledged as the area asks: when it is written, or when
 * it is on stable storage. Of the versions of a page that were acknowledged the one with the
 * highest epoch is there after a restart, unless it was invalidated. A free does not end a page of
 * such an area: it says that a higher version, or an invalidate, is on record, or that the area is
 * dropped.
 */
public interface DurableBackend extends SlowBackend {

  /** Takes one page after the other that was found at the start. */
  interface Found {
    /**
     * A page that is there.
     *
     * @param isShort whether it is shorter than the page size
     */
    void page(long offset, long epoch, Codec codec, boolean isShort, long handle);

    /** A page whose newest version is damaged. */
    void lost(long offset, long epoch);

    /** A page that is not there, whose epochs up to this one were used. */
    void used(long offset, long epoch);
  }

  /** The areas there are, by number. */
  List<DurableArea> durableAreas();

  /**
   * Numbers for page spaces begin here: lower ones may be those of durable areas, present or past.
   */
  int nextNumber();

  /**
   * Tells what was found of an area when the backend was opened; once for each area.
   *
   * @throws IllegalStateException the second time
   */
  void tellFound(int number, Found found);

  /**
   * Makes an area durable; completes when that is on stable storage. Idempotent. Before it the area
   * has no page here.
   */
  Future<Void> openDurable(DurableArea area);

  /**
   * Forgets an area; completes when that is on stable storage, and then its pages are to be freed.
   */
  Future<Void> dropDurable(int number);

  /**
   * Records that pages are no more.
   *
   * @param pages 1 to 256, each with an epoch above all it had; the handles do not matter
   * @return for each whether it is on record, as durably as the area asks
   */
  Future<boolean[]> invalidateDurable(List<PageRef> pages);

  /** The node ends: what is freed from now on is durable all the same. */
  void retire();
}

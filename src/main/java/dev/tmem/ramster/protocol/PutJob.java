package dev.tmem.ramster.protocol;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * One put as the dispatcher sees it: it has its result when every page has a handle or was refused.
 * Confined to the lock of the {@link PeerNode}.
 */
final class PutJob {

  /** What becomes of pages, for all jobs. */
  interface Ends {

    /** A page was refused, by everyone or for want of time. */
    void refused(Zpage page);

    /**
     * A page was taken, and the dispatcher is about to be told; false: it must not be, any more.
     */
    boolean told(long handle, Zpage page, long now, Outbox out);

    /** A job has its result, of which the dispatcher has been told. */
    void finished(PutJob job);
  }

  private final List<Zpage> pages;
  private final long[] handles;
  private final Consumer<long[]> result;
  private final Ends ends;
  private int open;

  PutJob(List<Zpage> pages, Consumer<long[]> result, Ends ends) {
    this.pages = pages;
    this.handles = new long[pages.size()];
    this.result = result;
    this.ends = ends;
    this.open = pages.size();
    Arrays.fill(handles, Backend.REFUSED);
  }

  Zpage page(int position) {
    return pages.get(position);
  }

  void settle(int position, long handle) {
    handles[position] = handle;
    open--;
    if (handle == Backend.REFUSED) {
      ends.refused(pages.get(position));
    }
  }

  /** Whether a page of it was taken, and got this handle. */
  boolean hasTaken(long handle) {
    for (long taken : handles) {
      if (taken == handle) {
        return handle != Backend.REFUSED;
      }
    }
    return false;
  }

  /**
   * Hands the result over when the last page is settled; after that nothing settles. A lender may
   * have been given up while the job waited for another one. The dispatcher was told before it
   * could know of these copies, so it must not hear of them at all.
   */
  void finish(long now, Outbox out) {
    if (open != 0) {
      return;
    }
    open = -1;
    for (int i = 0; i < handles.length; i++) {
      if (handles[i] != Backend.REFUSED && !ends.told(handles[i], pages.get(i), now, out)) {
        handles[i] = Backend.REFUSED;
      }
    }
    ends.finished(this);
    out.after(() -> result.accept(handles));
  }
}

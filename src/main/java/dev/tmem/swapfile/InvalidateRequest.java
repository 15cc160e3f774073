package dev.tmem.swapfile;

import dev.tmem.backend.Backend;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/** Pages that are no more, on their way to the log. Confined to the writer once it is queued. */
final class InvalidateRequest implements AppendRequest {

  private final List<PageRef> pages;
  private final boolean[] done;
  private final Promise<boolean[]> promise = Promise.promise();
  private final Scheduler scheduler;
  private int unsettled;

  InvalidateRequest(List<PageRef> pages, Scheduler scheduler) {
    this.pages = pages;
    this.done = new boolean[pages.size()];
    this.scheduler = scheduler;
    this.unsettled = done.length;
  }

  @Override
  public int size() {
    return done.length;
  }

  @Override
  public boolean wanted(int index) {
    return true;
  }

  PageRef page(int index) {
    return pages.get(index);
  }

  @Override
  public int space(int index) {
    return pages.get(index).key().space();
  }

  @Override
  public int payloadLength(int index) {
    return RecordLayout.BORN_BYTES;
  }

  @Override
  public void settle(int index, long handle) {
    done[index] = handle != Backend.REFUSED;
    if (--unsettled == 0) {
      try {
        scheduler.execute(() -> promise.complete(done));
      } catch (RejectedExecutionException e) {
        // The node is being closed; whoever waits is told all the same.
        promise.complete(done);
      }
    }
  }

  Future<boolean[]> future() {
    return promise.future();
  }
}

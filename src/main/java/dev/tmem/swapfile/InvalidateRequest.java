package dev.tmem.swapfile;

import dev.tmem.backend.Backend;
import dev.tmem.backend.PageRef;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/** Pages that are no more, on their way to the log. Confined to the writer once it is queued. */
final class InvalidateRequest implements AppendRequest {

  private final List<PageRef> pages;
  private final boolean[] done;
  private final Promise<boolean[]> promise = Promise.promise();
  private int unsettled;

  InvalidateRequest(List<PageRef> pages) {
    this.pages = pages;
    this.done = new boolean[pages.size()];
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
  public boolean settle(int index, long handle) {
    done[index] = handle != Backend.REFUSED;
    return --unsettled == 0;
  }

  @Override
  public void answer() {
    promise.complete(done);
  }

  Future<boolean[]> future() {
    return promise.future();
  }
}

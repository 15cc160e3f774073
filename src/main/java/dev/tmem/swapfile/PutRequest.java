package dev.tmem.swapfile;

import dev.tmem.backend.Backend;
import dev.tmem.backend.Zpage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/**
 * A batch of pages on its way to the disk. Confined to the caller until it is queued, then to the
 * writer.
 */
final class PutRequest implements AppendRequest {

  private final List<Zpage> pages;

  /** What the caller gets; {@link Backend#REFUSED} from the start for pages without room. */
  private final long[] handles;

  private final Promise<long[]> promise = Promise.promise();
  private int unsettled;

  /**
   * @param unsettled how many of the pages were promised room, at least 1
   */
  PutRequest(List<Zpage> pages, long[] handles, int unsettled) {
    assert unsettled >= 1;
    this.pages = pages;
    this.handles = handles;
    this.unsettled = unsettled;
  }

  @Override
  public int size() {
    return handles.length;
  }

  @Override
  public boolean wanted(int index) {
    return handles[index] != Backend.REFUSED;
  }

  Zpage page(int index) {
    return pages.get(index);
  }

  @Override
  public int space(int index) {
    return pages.get(index).key().space();
  }

  @Override
  public int payloadLength(int index) {
    return pages.get(index).length();
  }

  @Override
  public boolean settle(int index, long handle) {
    handles[index] = handle;
    return --unsettled == 0;
  }

  @Override
  public void answer() {
    promise.complete(handles);
  }

  Future<long[]> future() {
    return promise.future();
  }
}

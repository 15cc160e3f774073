package dev.tmem.backend;

import io.vertx.core.Future;
import java.util.Arrays;
import java.util.List;

/**
 * A backend that may wait: for a disk, for a peer, for a service.
 *
 * <p>Calls return at once; the futures may complete on any thread. The dispatcher never calls under
 * a lock, bounds the number of pages in flight, and puts its own deadline on every future, so a
 * backend that hangs is contained; a reply after that is dropped, its copies are freed.
 */
public interface SlowBackend extends Backend {

  /**
   * Keeps copies of these zpages. The list and the zpages are immutable.
   *
   * @param pages 1 to 256 zpages
   * @return for each page its handle or {@link #REFUSED}; a failed future means that none was
   *     taken. What stands in the result survives until it is freed.
   */
  Future<long[]> put(List<Zpage> pages);

  /**
   * Keeps second copies that do not share the fate of the first ones, if the backend can tell.
   *
   * @param first for each page the handle, in this backend, of the copy to stay apart from
   * @return as {@link #put}
   */
  default Future<long[]> putApart(List<Zpage> pages, long[] first) {
    long[] refused = new long[pages.size()];
    Arrays.fill(refused, REFUSED);
    return Future.succeededFuture(refused);
  }

  /**
   * Brings copies back; they stay where they are.
   *
   * @param refs 1 to 256 copies
   * @return one answer for each, in order; a failed future counts as {@link Fetched.Unavailable}
   *     for all
   */
  Future<List<Fetched>> get(List<PageRef> refs);

  /**
   * Gives copies up. Cannot fail: from this call on nobody asks for them again, and the backend
   * sees to it, now or later, that their room is used again.
   */
  void free(List<PageRef> refs);

  /**
   * Completes when everything put before the call is on stable storage; at once where there is
   * none.
   */
  default Future<Void> flush() {
    return Future.succeededFuture();
  }
}

package dev.tmem.backend;

import io.vertx.core.Future;
import java.util.Arrays;
import java.util.List;

/**
 * A backend that may wait: for a disk, for a peer, for a service.
 *
 * <p>Calls return at once; the futures may complete on any thread. The dispatcher never calls under
 * a lock, bounds the number of pages in flight, and puts its own deadline on every call, so a
 * backend that hangs is contained; a reply after that is dropped, its copies are freed.
 */
public interface SlowBackend extends Backend {

  /**
   * Whether no call ever waits for anything but a short lock, so that it can be made where it is
   * wanted, on event loops too. Asked once. Without that promise calls are made on threads of the
   * dispatcher: one that does not return holds its thread, of which there are 256 for each backend,
   * and counts as one that is not answered in time. What is asked of a backend without a future
   * ({@link #usage}, {@link #counters}, {@link #trouble}, {@link #thaw}) has to be quick, for
   * whoever asks waits for it, up to a second; after that what it said last is said of it.
   */
  default boolean returnsAtOnce() {
    return false;
  }

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
   * sees to it, now or later, that their room is used again. Where copies die with a peer ({@link
   * LossDomain#PEER}) those that it said are gone are given up in this way too, so that whoever
   * counts them can; elsewhere they are not heard of again.
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

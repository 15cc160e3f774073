package dev.tmem.backend;

import io.vertx.core.Future;
import java.util.Collections;
import java.util.List;
import java.util.function.LongPredicate;

/** What the dispatcher does for a backend. Thread-safe; to be called under no lock. */
public interface BackendHost {

  /**
   * The backend moved a copy within itself: puts the new handle in the old one's place.
   *
   * @return whether the page named the old handle, in that epoch. If not, the backend drops the new
   *     copy at once, and keeps the old one until it is freed: it may have been put so lately that
   *     the page does not name it yet.
   */
  boolean rehandle(PageKey key, long epoch, long oldHandle, long newHandle);

  /**
   * The copies whose handle passes the test are gone for good: they are struck from every page; a
   * page that has no other copy is lost. Nothing is freed.
   *
   * @return the number of pages that were lost by it
   */
  Future<Long> copiesGone(LongPredicate handles, String reason);

  /**
   * One copy is gone for good: it is struck if the page still names it; a page that has no other
   * copy is lost. Nothing is freed.
   *
   * @return whether the page named it
   */
  default boolean copyGone(PageRef copy, String reason) {
    return false;
  }

  /** The copies of this backend that pages name. */
  default CopyWalk copies() {
    return () -> null;
  }

  /**
   * The copies whose handle passes the test are likely gone: each is struck from a page that has
   * another copy, and freed as any other copy is ({@link SlowBackend#free}), since its place may
   * come back; a page that has no other copy keeps it, as unavailable.
   *
   * @return the number of pages that still name such a copy
   */
  Future<Long> copiesDoubtful(LongPredicate handles, String reason);

  /**
   * Asks for the copies whose handle passes the test to be moved elsewhere and freed here.
   *
   * @return when no more can be done, the number of pages that still name such a copy
   */
  Future<Long> evacuate(LongPredicate handles);

  /**
   * The backend may have room where it had none, for instance since a peer has come: pages that
   * wait for a place are offered to it again.
   */
  default void roomFound() {}

  /**
   * Asks for some copies to be moved elsewhere, where there is room, and freed here.
   *
   * @param copies 1 to 256
   * @return when no more can be done, for each whether no page names it any more
   */
  default Future<List<Boolean>> moveAway(List<PageRef> copies) {
    return Future.succeededFuture(Collections.nCopies(copies.size(), false));
  }

  /**
   * Whether a copy is in use: the page names it, or an operation on the page is under way that may
   * yet name it (a put whose answer has been given, and not yet been taken). Once the answer for a
   * copy is no, it stays no: handles do not come back. A backend asks it to find copies that nobody
   * will ever free.
   */
  boolean names(PageRef copy);
}

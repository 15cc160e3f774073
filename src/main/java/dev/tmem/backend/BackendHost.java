package dev.tmem.backend;

import io.vertx.core.Future;
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
   * The copies whose handle passes the test are likely gone: each is struck from a page that has
   * another copy; a page that has none keeps it, as unavailable. Nothing is freed.
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
}

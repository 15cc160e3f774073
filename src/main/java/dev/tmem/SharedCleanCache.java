package dev.tmem;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * A clean cache that every node sees which has opened the same UUID. A page lies at one node, its
 * home; gets keep it there. It may be gone at any time, with its home for one, but is never older
 * than the last put or invalidate that has completed, anywhere.
 *
 * <p>Without the agreement of a majority of the nodes that keep pages a get misses, and a put or an
 * invalidate fails: with {@link ErrorCode#NO_LEASE} if nothing has come of it, with {@link
 * OutcomeUnknownException} if nobody can tell. {@code docs/shared-caches.md} has the rule.
 *
 * <p>Operations of one node on one page take effect in the order in which they are called, also
 * when one has to be tried again: the later waits for the earlier, whatever becomes of that, and is
 * given up unsent, a get as a miss, if that takes too long. An invalidate of the whole cache comes
 * after the puts before it, and may drop pages that are put while it is under way. {@link
 * #getOrLoad} comes after the changes before it; changes do not wait for it.
 *
 * <p>It lives while a node has it open; the last close in the cluster drops all pages.
 */
public interface SharedCleanCache extends CleanCache {

  UUID uuid();

  /**
   * Brings a page back, or has it loaded and keeps it. At a time one loader runs in the whole
   * cluster for a page, as long as the page's home stays the same; others who ask wait for it.
   *
   * <p>If the loader fails, all who wait fail, and nothing of it is remembered: the next who asks
   * loads. A put or an invalidate that comes meanwhile is newer than what is being loaded, which is
   * then not kept. Where no home can be asked the loader runs, and its page is not kept.
   *
   * @param loader brings a page of 1 to {@code pageSize} bytes; called at most once, on the
   *     caller's context if it has one, else on any thread that may be held up; and only if the
   *     page is not there and nobody loads it
   * @return fails with what the loader has failed with, or with {@link ErrorCode#LOAD_FAILED} if
   *     that was another node's; with {@link ErrorCode#LOAD_FAILED} as well if the loader returns
   *     null, and with {@link ErrorCode#INVALID_PAGE} if it brings no page that fits. A client of a
   *     node elsewhere loads nothing: there it fails with {@link ErrorCode#UNKNOWN_COMMAND}
   */
  Future<Buffer> getOrLoad(ObjectKey object, int index, Supplier<Future<Buffer>> loader);
}

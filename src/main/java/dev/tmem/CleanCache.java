package dev.tmem;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An ephemeral page space: a page may be dropped at any time, but one that was replaced or
 * invalidated never comes back, and a miss stays a miss until the next put. A page is named by an
 * object, such as a file or a query, and an index in it; it holds 1 to {@code pageSize} bytes. All
 * values of an index are allowed; it is taken as unsigned where it is written down.
 *
 * <p>A cache is private to its node. Its pages lie in the node's local RAM, compressed; when that
 * is short they give way before any page of a swap area does, the coldest first, and they are
 * neither sent to peers nor to the disk.
 *
 * <p>Thread-safe. Operations on one page take effect in the order in which they are called by one
 * thread. Buffers given are read before the call returns and may be reused at once; buffers
 * returned belong to the caller.
 *
 * <p>Any operation fails with {@link ErrorCode#AREA_CLOSED} once this handle was closed, and with
 * {@link ErrorCode#INVALID_PAGE} or {@link ErrorCode#MALFORMED_MESSAGE} for a page or a batch that
 * is not valid; nothing changes then. Over the event bus it may fail with {@link
 * OutcomeUnknownException}, {@link AreaGoneException} (the node was restarted, or has closed the
 * cache since this client was not heard of for ten minutes), {@link ErrorCode#NODE_UNREACHABLE} or
 * {@link ErrorCode#OVERLOADED} as well; with the last two nothing was begun, and nothing changed.
 */
public interface CleanCache {

  String name();

  /** The options the cache was opened with. */
  CleanCacheOptions options();

  /**
   * Keeps a page, in place of any older one of that object and index. A valid put always succeeds:
   * where the page cannot be kept, it has at least removed the older one.
   *
   * @param page 1 to {@code pageSize} bytes
   */
  Future<Void> put(ObjectKey object, int index, Buffer page);

  /**
   * Brings a page back; it stays, unless gets are exclusive.
   *
   * @return the page, or null if it is not there
   */
  Future<@Nullable Buffer> get(ObjectKey object, int index);

  /**
   * {@link #put} of many pages of an object.
   *
   * @param indexes 1 to 4096 indexes, without repetition
   * @param pages as many pages
   */
  Future<Void> putAll(ObjectKey object, int[] indexes, List<Buffer> pages);

  /**
   * {@link #get} of many pages of an object.
   *
   * @param indexes 1 to 4096 indexes
   * @return the pages in the order asked, null for each that is not there
   */
  Future<List<@Nullable Buffer>> getAll(ObjectKey object, int[] indexes);

  /** Forgets a page; nothing if it is not there. */
  Future<Void> invalidatePage(ObjectKey object, int index);

  /**
   * Forgets every page of an object, at the cost of the pages that the object has, however many the
   * cache has.
   */
  Future<Void> invalidateObject(ObjectKey object);

  /** Forgets every page of the cache; it stays open. */
  Future<Void> invalidateAll();

  /**
   * Lets go of this handle; the cache ends, with all its pages, when the last handle is closed.
   * Idempotent.
   */
  Future<Void> close();
}

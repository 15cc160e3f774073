package dev.tmem;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A persistent page space: an accepted page is kept until it is invalidated. Pages are numbered by
 * an offset from 0 to {@code maxPages - 1} (at most 2^48 - 1) and hold 1 to {@code pageSize} bytes.
 *
 * <p>Thread-safe. Operations on one page take effect in the order in which they are called by one
 * thread. Buffers given are read before the call returns and may be reused at once; buffers
 * returned belong to the caller.
 *
 * <p>Any operation fails with {@link ErrorCode#AREA_CLOSED} once this handle was closed or the area
 * swapped off, and with {@link ErrorCode#INVALID_OFFSET} for an offset out of range; nothing
 * changes then. Over the event bus it may fail with {@link OutcomeUnknownException}, {@link
 * AreaGoneException}, {@link ErrorCode#NODE_UNREACHABLE} or {@link ErrorCode#OVERLOADED} as well;
 * with the last two nothing was begun, and nothing changed.
 */
public interface SwapArea {

  /** {@link #loadNow}: the page is not present. */
  int ABSENT = -1;

  /** {@link #loadNow}: the page is not in local RAM; use {@link #load}. */
  int ELSEWHERE = -2;

  String name();

  /** The options the area was opened with; in the node's own process, as they are now. */
  SwapAreaOptions options();

  /**
   * Keeps a page, in place of any older one of that offset. When the future has completed no load
   * anywhere returns the older one.
   *
   * @param page 1 to {@code pageSize} bytes
   * @return fails with {@link ErrorCode#INVALID_PAGE} (nothing changes), {@link TmemFullException}
   *     or {@link ErrorCode#FROZEN} (the page is absent)
   */
  Future<Void> store(long offset, Buffer page);

  /**
   * Brings a page back; it stays where it is, unless the area is {@linkplain
   * SwapAreaOptions#isExclusive exclusive}.
   *
   * @return the page, or null if it is not present; fails with {@link PageUnavailableException} or
   *     {@link PageLostException}
   */
  Future<@Nullable Buffer> load(long offset);

  /**
   * Takes a page out, in two phases: from now on loads see it absent, but its copies stay until
   * {@link Taken#commit}.
   *
   * @return the page taken, or null if it is not present (or taken already); fails as {@link #load}
   *     does
   */
  Future<@Nullable Taken> take(long offset);

  /** Forgets a page, in every backend; nothing if it is not present. */
  Future<Void> invalidatePage(long offset);

  /** Forgets every page of the area; it stays open. */
  Future<Void> invalidateArea();

  /**
   * {@link #store} of many pages, keeping what fits.
   *
   * @param offsets 1 to 4096 offsets, without repetition
   * @param pages as many pages
   * @return fails with {@link BatchException}, which names the pages that were not kept
   */
  Future<Void> storeAll(long[] offsets, List<Buffer> pages);

  /**
   * {@link #load} of many pages.
   *
   * @param offsets 1 to 4096 offsets
   * @return the pages in the order asked, null for each that is not present; fails with {@link
   *     BatchException} if any of them cannot be had
   */
  Future<List<@Nullable Buffer>> loadAll(long[] offsets);

  /** {@link #invalidatePage} of 1 to 4096 pages. */
  Future<Void> invalidateAll(long[] offsets);

  /** Whether the page is present; true also for one that is lost or unavailable. */
  Future<Boolean> contains(long offset);

  /**
   * Which version of the page is present: every store gives the page a higher epoch than any it had
   * before. What is told of a page that was freed ({@link FreedPages}) names the epoch it had.
   *
   * @return the epoch, or {@link #ABSENT} if the page is not present
   */
  Future<Long> epoch(long offset);

  /** The number of pages present. */
  Future<Long> pages();

  /**
   * The offsets of present pages from {@code from} on, in ascending order.
   *
   * @param max 1 to 65536
   */
  Future<long[]> offsets(long from, int max);

  /**
   * Changes what may change while the area is open: {@link SwapAreaOptions#LIVE}. It holds for all
   * handles, and for operations that begin later.
   *
   * @param options all of them: those that cannot change must be as they are
   * @return fails with {@link ErrorCode#OPTIONS_MISMATCH}, naming the option that cannot change;
   *     nothing has changed
   */
  Future<Void> change(SwapAreaOptions options);

  /**
   * From now on a store of this area keeps nothing: it removes the page, and fails with {@link
   * ErrorCode#FROZEN}. Everything else goes on. Idempotent.
   */
  Future<Void> freeze();

  /** Ends what {@link #freeze} began; an area of a frozen node stays frozen with it. Idempotent. */
  Future<Void> thaw();

  /**
   * Listens to which pages are freed: invalidated, stored anew (the older page), taken or loaded
   * away, swapped off or reset, whether they were ever loaded or not. The listener is told within
   * 10 ms, in batches, in order for each page, when the slots are free already; one call at a time,
   * on any thread, with no lock held. It must not block: when it is slower than pages are freed,
   * some are not named but counted ({@link FreedPages#missed}).
   *
   * <p>A client of another node hears what that node publishes, which the area's option {@code
   * freeEvents} has to ask for; else this fails with {@link ErrorCode#OPTIONS_MISMATCH}.
   */
  Future<Listening> onFreed(Consumer<? super FreedPages> listener);

  /**
   * Completes when what lies in the swap file at this moment is on stable storage: all of a durable
   * area that was acknowledged.
   */
  Future<Void> flush();

  /**
   * Keeps a page if that takes local RAM alone: never waits, allocates nothing.
   *
   * <p>The buffer may be of any kind: on the heap or direct, read-only, a slice, of either byte
   * order. It is read once, before anything else is done; what is kept is what was seen then. If
   * somebody writes to it meanwhile, that may be a mixture of old and new bytes; the page is whole
   * all the same, every load returns these bytes, and no other page is touched.
   *
   * @param page 1 to {@code pageSize} bytes, from its position to its limit, neither of which is
   *     changed
   * @return false: nothing has changed, use {@link #store}. Always false for areas that are
   *     durable, writethrough or frozen, on a client of another node, and for a page that {@link
   *     Incompressible#FORWARD} sends to a lower backend.
   * @throws TmemException with {@link ErrorCode#INVALID_PAGE} if the page is empty or too long,
   *     {@link ErrorCode#INVALID_OFFSET} or {@link ErrorCode#AREA_CLOSED}; nothing has changed
   */
  boolean storeNow(long offset, ByteBuffer page);

  /**
   * Reads a page if it lies in local RAM: never waits, allocates nothing.
   *
   * <p>The buffer may be on the heap or direct, a slice, of either byte order. Bytes outside of the
   * page's length from its position are not touched. What others write to it meanwhile is mixed
   * with the page there, and nowhere else.
   *
   * @param into written from its position, which is not changed; must have room for the page
   * @return the number of bytes read, {@link #ABSENT}, or {@link #ELSEWHERE} (always on a client of
   *     another node)
   * @throws TmemException as {@link #storeNow}; {@link ErrorCode#INVALID_PAGE} if {@code into} is
   *     read-only or too small; {@link PageLostException} if the page is lost
   */
  int loadNow(long offset, ByteBuffer into);

  /** Lets go of this handle; the area stays. Idempotent. */
  Future<Void> close();

  /** Ends the area: detaches everybody and deletes every page. */
  Future<Void> swapOff();
}

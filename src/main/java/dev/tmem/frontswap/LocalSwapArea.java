package dev.tmem.frontswap;

import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.TmemException;
import dev.tmem.dispatch.Loaded;
import dev.tmem.dispatch.OnContext;
import dev.tmem.dispatch.PageSpace;
import dev.tmem.dispatch.Take;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A handle of an area in this process. Thread-safe. */
final class LocalSwapArea implements SwapArea {

  /** The most pages of one batch. */
  static final int MAX_BATCH = 4096;

  /** The most offsets of one answer. */
  static final int MAX_OFFSETS = 65_536;

  private final OpenArea area;
  private final PageSpace space;
  private final int pageSize;
  private final long maxPages;
  private final AtomicBoolean closed = new AtomicBoolean();

  LocalSwapArea(OpenArea area) {
    this.area = area;
    this.space = area.space();
    this.pageSize = area.options().getPageSize();
    this.maxPages = area.options().getMaxPages();
  }

  @Override
  public String name() {
    return area.name();
  }

  @Override
  public SwapAreaOptions options() {
    return area.options();
  }

  // ---- Checks

  private void checkOpen() {
    if (closed.get()) {
      throw new TmemException(
          ErrorCode.AREA_CLOSED, "this handle of area " + name() + " was closed");
    }
    space.checkOpen();
  }

  private void checkOffset(long offset) {
    if (offset < 0 || offset >= maxPages) {
      throw invalid(
          ErrorCode.INVALID_OFFSET,
          "offset " + offset + " is not in area " + name() + ": 0 to " + (maxPages - 1) + " are");
    }
  }

  private void checkPage(int length) {
    if (length < 1 || length > pageSize) {
      throw invalid(
          ErrorCode.INVALID_PAGE,
          "a page of "
              + length
              + " bytes does not fit area "
              + name()
              + ": 1 to "
              + pageSize
              + " bytes do");
    }
  }

  private void checkBatch(int count) {
    checkOpen();
    if (count < 1 || count > MAX_BATCH) {
      throw invalid(
          ErrorCode.MALFORMED_MESSAGE,
          "a batch of " + count + " pages is not allowed; 1 to " + MAX_BATCH + " are");
    }
  }

  private TmemException invalid(ErrorCode code, String message) {
    space.counters().countInvalid();
    return new TmemException(code, message);
  }

  /** What an operation throws before it begins, as a failed future. */
  private <T extends @Nullable Object> Future<T> attempt(Supplier<Future<T>> operation) {
    try {
      checkOpen();
      return OnContext.ofCaller(operation.get());
    } catch (TmemException e) {
      return Future.failedFuture(e);
    }
  }

  private static ByteBuffer view(Buffer page) {
    return ((BufferInternal) page).getByteBuf().nioBuffer();
  }

  /** The page, which is given up only when the caller's buffer has it. */
  private static @Nullable Buffer away(@Nullable Take take) {
    if (take == null) {
      return null;
    }
    Buffer page = buffer(take.loaded());
    take.commit();
    return page;
  }

  private static @Nullable Buffer buffer(@Nullable Loaded loaded) {
    return loaded == null
        ? null
        : BufferInternal.buffer(Unpooled.wrappedBuffer(loaded.bytes(), 0, loaded.length()));
  }

  // ---- One page

  @Override
  public Future<Void> store(long offset, Buffer page) {
    return attempt(() -> {
      checkOffset(offset);
      checkPage(page.length());
      return space.store(offset, view(page));
    });
  }

  @Override
  public Future<@Nullable Buffer> load(long offset) {
    return this.<@Nullable Buffer>attempt(() -> {
      checkOffset(offset);
      return space.modes().isExclusive()
          ? space.take(offset).map(LocalSwapArea::away)
          : space.load(offset).map(LocalSwapArea::buffer);
    });
  }

  @Override
  public Future<@Nullable Taken> take(long offset) {
    return this.<@Nullable Taken>attempt(() -> {
      checkOffset(offset);
      return space.take(offset).map(take -> take == null ? null : new LocalTaken(take));
    });
  }

  private record LocalTaken(Take take) implements Taken {
    @Override
    public Buffer page() {
      Loaded loaded = take.loaded();
      return Buffer.buffer(loaded.length()).appendBytes(loaded.bytes(), 0, loaded.length());
    }

    @Override
    public Future<Boolean> commit() {
      return take.commitSafely();
    }

    @Override
    public Future<Boolean> putBack() {
      return Future.succeededFuture(take.putBack());
    }
  }

  @Override
  public Future<Void> invalidatePage(long offset) {
    return attempt(() -> {
      checkOffset(offset);
      return space.invalidate(offset);
    });
  }

  @Override
  public Future<Boolean> contains(long offset) {
    return attempt(() -> {
      checkOffset(offset);
      return space.contains(offset);
    });
  }

  @Override
  public Future<Long> epoch(long offset) {
    return attempt(() -> {
      checkOffset(offset);
      return space.epoch(offset);
    });
  }

  // ---- RAM alone

  @Override
  public boolean storeNow(long offset, ByteBuffer page) {
    checkOpen();
    checkOffset(offset);
    checkPage(page.remaining());
    return space.storeNow(offset, page);
  }

  @Override
  public int loadNow(long offset, ByteBuffer into) {
    checkOpen();
    checkOffset(offset);
    if (into.isReadOnly()) {
      throw invalid(ErrorCode.INVALID_PAGE, "the buffer to load into is read-only");
    }
    int length = space.loadNow(offset, into, into.position(), into.remaining());
    if (length == PageSpace.TOO_SMALL) {
      throw invalid(
          ErrorCode.INVALID_PAGE,
          "page " + offset + " does not fit the " + into.remaining() + " bytes left in the buffer");
    }
    return length;
  }

  // ---- Many pages

  @Override
  public Future<Void> storeAll(long[] offsets, List<Buffer> pages) {
    return attempt(() -> {
      checkBatch(offsets.length);
      if (pages.size() != offsets.length) {
        throw invalid(
            ErrorCode.MALFORMED_MESSAGE,
            offsets.length + " offsets were given for " + pages.size() + " pages");
      }
      List<Future<Void>> stores =
          new ArrayList<>(Collections.nCopies(offsets.length, Future.succeededFuture()));
      int[] positions = new int[offsets.length];
      int valid = 0;
      for (int i = 0; i < offsets.length; i++) {
        try {
          checkOffset(offsets[i]);
          checkPage(pages.get(i).length());
          positions[valid++] = i;
        } catch (TmemException e) {
          stores.set(i, Future.failedFuture(e));
        }
      }
      storeAll(offsets, pages, Arrays.copyOf(positions, valid), stores);
      return together(offsets, stores);
    });
  }

  /** Stores those at the positions, and puts the outcome of each there. */
  private void storeAll(
      long[] offsets, List<Buffer> pages, int[] positions, List<Future<Void>> stores) {
    long[] valid = Arrays.stream(positions).mapToLong(at -> offsets[at]).toArray();
    List<ByteBuffer> views = Arrays.stream(positions).mapToObj(at -> view(pages.get(at))).toList();
    List<Future<Void>> stored = space.storeAll(valid, views);
    for (int i = 0; i < positions.length; i++) {
      stores.set(positions[i], stored.get(i));
    }
  }

  @Override
  public Future<List<@Nullable Buffer>> loadAll(long[] offsets) {
    return attempt(() -> {
      checkBatch(offsets.length);
      for (long offset : offsets) {
        checkOffset(offset);
      }
      return space.modes().isExclusive()
          ? takeAll(offsets)
          : together(offsets, space.loadAll(offsets), LocalSwapArea::buffer);
    });
  }

  @Override
  public Future<Void> invalidateAll(long[] offsets) {
    return attempt(() -> {
      checkBatch(offsets.length);
      for (long offset : offsets) {
        checkOffset(offset);
      }
      return together(offsets, space.invalidateAll(offsets));
    });
  }

  /** All, or none: if any of them cannot be had, the others are there as before. */
  private Future<List<@Nullable Buffer>> takeAll(long[] offsets) {
    List<Future<@Nullable Take>> takes = space.takeAll(offsets);
    return LocalSwapArea.<@Nullable Take>together(offsets, takes, LocalSwapArea::away)
        .onFailure(error ->
            takes.forEach(future ->
                future.onSuccess(take -> {
                  if (take != null) {
                    take.putBack();
                  }
                })));
  }

  private static <T extends @Nullable Object> Future<List<@Nullable Buffer>> together(
      long[] offsets, List<Future<T>> loads, Function<T, @Nullable Buffer> page) {
    return haveSucceeded(loads)
        ? Future.succeededFuture(pages(loads, page))
        : together(offsets, loads).map(done -> pages(loads, page));
  }

  private static <T extends @Nullable Object> List<@Nullable Buffer> pages(
      List<Future<T>> loads, Function<T, @Nullable Buffer> page) {
    List<@Nullable Buffer> pages = new ArrayList<>(loads.size());
    for (Future<T> load : loads) {
      pages.add(page.apply(load.result()));
    }
    return pages;
  }

  /** Waits for all; what failed is named by its offset. */
  private static <T extends @Nullable Object> Future<Void> together(
      long[] offsets, List<Future<T>> futures) {
    if (haveSucceeded(futures)) {
      return Future.succeededFuture();
    }
    Promise<Void> promise = Promise.promise();
    Future.join(futures)
        .onComplete(all -> {
          if (all.succeeded()) {
            promise.complete();
            return;
          }
          Map<Long, TmemException> causes = new TreeMap<>();
          for (int i = 0; i < offsets.length; i++) {
            Throwable cause = futures.get(i).cause();
            if (cause != null) {
              causes.put(offsets[i], asTmem(cause));
            }
          }
          promise.fail(new BatchException(causes));
        });
    return promise.future();
  }

  private static <T extends @Nullable Object> boolean haveSucceeded(List<Future<T>> futures) {
    for (Future<T> future : futures) {
      if (!future.succeeded()) {
        return false;
      }
    }
    return true;
  }

  private static TmemException asTmem(Throwable cause) {
    return cause instanceof TmemException known
        ? known
        : new TmemException(ErrorCode.INTERNAL, String.valueOf(cause.getMessage()), cause);
  }

  // ---- The whole area

  @Override
  public Future<Void> invalidateArea() {
    return attempt(() -> space.invalidateAll().mapEmpty());
  }

  @Override
  public Future<Long> pages() {
    return attempt(() -> Future.succeededFuture(space.counters().pages()));
  }

  @Override
  public Future<long[]> offsets(long from, int max) {
    return attempt(() -> {
      checkOffset(from);
      if (max < 1 || max > MAX_OFFSETS) {
        throw invalid(
            ErrorCode.MALFORMED_MESSAGE,
            "max: " + max + " is not allowed; 1 to " + MAX_OFFSETS + " are");
      }
      return space.offsets(from, max);
    });
  }

  @Override
  public Future<Void> change(SwapAreaOptions options) {
    return attempt(() -> {
      area.change(options);
      return Future.succeededFuture();
    });
  }

  @Override
  public Future<Void> freeze() {
    return setFrozen(true);
  }

  @Override
  public Future<Void> thaw() {
    return setFrozen(false);
  }

  private Future<Void> setFrozen(boolean on) {
    return attempt(() -> {
      space.modes().setFrozen(on);
      return Future.succeededFuture();
    });
  }

  @Override
  public Future<Listening> onFreed(Consumer<? super FreedPages> listener) {
    return attempt(() -> Future.succeededFuture(space.onFreed(listener)));
  }

  @Override
  public Future<Void> flush() {
    return attempt(space::flush);
  }

  @Override
  public Future<Void> close() {
    if (closed.compareAndSet(false, true)) {
      area.detached();
    }
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> swapOff() {
    return attempt(() -> area.owner().end(area).mapEmpty());
  }
}

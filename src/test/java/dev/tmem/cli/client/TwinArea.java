package dev.tmem.cli.client;

import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A swap area that is a plain map, and fails where it is told to. What commands do not call it does
 * not have. Thread-safe: concurrent map.
 */
public final class TwinArea implements SwapArea {

  public final ConcurrentSkipListMap<Long, byte[]> map = new ConcurrentSkipListMap<>();
  public final AtomicInteger batches = new AtomicInteger();
  private final SwapAreaOptions options;

  /** What goes wrong at an offset; null: nothing. Asked for each page of each call. */
  public volatile LongFunction<@Nullable TmemException> faults = offset -> null;

  public TwinArea(SwapAreaOptions options) {
    this.options = options;
  }

  @Override
  public String name() {
    return "twin";
  }

  @Override
  public SwapAreaOptions options() {
    return new SwapAreaOptions(options);
  }

  @Override
  public Future<Void> store(long offset, Buffer page) {
    return storeAll(new long[] {offset}, List.of(page));
  }

  @Override
  public Future<@Nullable Buffer> load(long offset) {
    TmemException fault = faults.apply(offset);
    byte[] page = map.get(offset);
    return fault != null
        ? Future.failedFuture(fault)
        : Future.succeededFuture(page == null ? null : Buffer.buffer(page));
  }

  @Override
  public Future<Void> storeAll(long[] offsets, List<Buffer> pages) {
    batches.incrementAndGet();
    Map<Long, TmemException> failed = new TreeMap<>();
    for (int i = 0; i < offsets.length; i++) {
      TmemException fault = faults.apply(offsets[i]);
      Buffer page = pages.get(i);
      if (fault == null && (page.length() == 0 || page.length() > options.getPageSize())) {
        fault = new TmemException(ErrorCode.INVALID_PAGE, "page of " + page.length());
      }
      if (fault == null) {
        map.put(offsets[i], page.getBytes());
      } else {
        failed.put(offsets[i], fault);
      }
    }
    return failed.isEmpty()
        ? Future.succeededFuture()
        : Future.failedFuture(new BatchException(failed));
  }

  @Override
  public Future<List<@Nullable Buffer>> loadAll(long[] offsets) {
    batches.incrementAndGet();
    List<@Nullable Buffer> pages = new ArrayList<>();
    Map<Long, TmemException> failed = new TreeMap<>();
    for (long offset : offsets) {
      TmemException fault = faults.apply(offset);
      if (fault != null) {
        failed.put(offset, fault);
      }
      byte[] page = map.get(offset);
      pages.add(page == null ? null : Buffer.buffer(page));
    }
    return failed.isEmpty()
        ? Future.succeededFuture(pages)
        : Future.failedFuture(new BatchException(failed));
  }

  @Override
  public Future<Void> invalidateAll(long[] offsets) {
    for (long offset : offsets) {
      map.remove(offset);
    }
    return Future.succeededFuture();
  }

  @Override
  public Future<Long> pages() {
    return Future.succeededFuture((long) map.size());
  }

  @Override
  public Future<long[]> offsets(long from, int max) {
    return Future.succeededFuture(
        map.tailMap(from).keySet().stream().limit(max).mapToLong(Long::longValue).toArray());
  }

  @Override
  public Future<@Nullable Taken> take(long offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Void> invalidatePage(long offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Void> invalidateArea() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Boolean> contains(long offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Long> epoch(long offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Void> change(SwapAreaOptions changed) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Void> freeze() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Void> thaw() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Listening> onFreed(Consumer<? super FreedPages> listener) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Void> flush() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean storeNow(long offset, ByteBuffer page) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int loadNow(long offset, ByteBuffer into) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> swapOff() {
    throw new UnsupportedOperationException();
  }
}

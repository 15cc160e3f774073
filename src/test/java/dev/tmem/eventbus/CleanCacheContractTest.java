package dev.tmem.eventbus;

import static dev.tmem.eventbus.BusNode.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.CleanCache;
import dev.tmem.CleanCacheOptions;
import dev.tmem.ErrorCode;
import dev.tmem.ObjectKey;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.cleancache.OpenCache;
import dev.tmem.dispatch.Pages;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What holds for every clean cache, in this process or over the event bus. */
@ExtendWith(VertxExtension.class)
abstract class CleanCacheContractTest {

  /** The way to the caches of the node. */
  interface Way {
    Future<CleanCache> open(String name, CleanCacheOptions options);
  }

  private static final ObjectKey FILE = ObjectKey.of("a file");
  private static final ObjectKey OTHER = ObjectKey.of("another file");

  private @Nullable BusNode node;
  private @Nullable Way way;

  /** Finds the way to a node that has just begun. */
  abstract Way wayTo(BusNode node);

  /** What an operation fails with when its cache has ended. */
  abstract Set<ErrorCode> ended();

  @BeforeEach
  void begin(Vertx vertx) {
    BusNode begun = new BusNode(vertx, "n1", "life-1");
    node = begun;
    way = wayTo(begun);
  }

  @AfterEach
  void end() {
    node().close();
  }

  final BusNode node() {
    BusNode known = node;
    assertNotNull(known);
    return known;
  }

  private Future<CleanCache> opening(String name, CleanCacheOptions options) {
    Way known = way;
    assertNotNull(known);
    return known.open(name, options);
  }

  private CleanCache open(String name) {
    return get(opening(name, new CleanCacheOptions()));
  }

  private static Buffer page(int index, int version) {
    return Buffer.buffer(Pages.of(3, index, version, 4096));
  }

  private static TmemException fails(ErrorCode code, Callable<Future<?>> call) {
    TmemException error = assertThrows(TmemException.class, () -> get(call.call()));
    assertEquals(code, error.code(), error.toString());
    return error;
  }

  @Test
  void whatIsPutIsGotUntilItIsReplacedOrInvalidated() {
    CleanCache cache = open("c");
    assertEquals("c", cache.name());
    assertEquals(new CleanCacheOptions(), cache.options());
    assertNull(get(cache.get(FILE, 1)));
    for (int version = 0; version < 8; version++) {
      get(cache.put(FILE, 1, page(1, version)));
      assertEquals(page(1, version), get(cache.get(FILE, 1)));
    }
    assertNull(get(cache.get(FILE, 2)));
    assertNull(get(cache.get(OTHER, 1)));
    get(cache.invalidatePage(FILE, 1));
    get(cache.invalidatePage(FILE, 1));
    assertNull(get(cache.get(FILE, 1)));
  }

  @Test
  void everyIndexAndEveryLengthIsKept() {
    CleanCache cache = open("c");
    int[] indexes = {0, 1, 63, 64, Integer.MAX_VALUE, Integer.MIN_VALUE, -1};
    int[] lengths = {1, 2, 7, 8, 100, 4095, 4096};
    for (int i = 0; i < indexes.length; i++) {
      get(cache.put(FILE, indexes[i], Buffer.buffer(Pages.of(4, i, 1, lengths[i]))));
    }
    for (int i = 0; i < indexes.length; i++) {
      Buffer expected = Buffer.buffer(Pages.of(4, i, 1, lengths[i]));
      assertEquals(expected, get(cache.get(FILE, indexes[i])), "index " + indexes[i]);
    }
  }

  @Test
  void aBufferIsTheCallersAgainWhenTheCallReturns() {
    CleanCache cache = open("c");
    Buffer page = page(1, 1);
    Future<Void> put = cache.put(FILE, 1, page);
    page.setInt(0, -1);
    get(put);
    Buffer got = get(cache.get(FILE, 1));
    assertEquals(page(1, 1), got);
    assertNotNull(got);
    got.setInt(0, -1);
    assertEquals(page(1, 1), get(cache.get(FILE, 1)));
  }

  @Test
  void operationsOnOnePageTakeEffectInTheOrderOfTheirCalls() {
    CleanCache cache = open("c");
    List<Future<@Nullable Buffer>> gets = new ArrayList<>();
    for (int version = 0; version < 50; version++) {
      cache.put(FILE, 1, page(1, version));
      gets.add(cache.get(FILE, 1));
      cache.invalidateObject(FILE);
      gets.add(cache.get(FILE, 1));
    }
    for (int version = 0; version < 50; version++) {
      assertEquals(page(1, version), get(gets.get(2 * version)));
      assertNull(get(gets.get(2 * version + 1)));
    }
  }

  @Test
  void exclusiveGetsTakeThePageAlong() {
    CleanCache cache =
        get(opening("c", new CleanCacheOptions().setExclusiveGets(true).setPageSize(1024)));
    get(cache.put(FILE, 1, Buffer.buffer("once")));
    assertEquals(Buffer.buffer("once"), get(cache.get(FILE, 1)));
    assertNull(get(cache.get(FILE, 1)));
    get(cache.put(FILE, 1, Buffer.buffer("once")));
    assertEquals(
        Arrays.asList(Buffer.buffer("once"), null), get(cache.getAll(FILE, new int[] {1, 1})));
  }

  @Test
  void batchesAreInTheOrderAsked() {
    CleanCache cache = open("c");
    int[] indexes = IntStream.range(0, 300).map(i -> i * 7).toArray();
    List<Buffer> pages = new ArrayList<>();
    for (int index : indexes) {
      pages.add(page(index, 1));
    }
    get(cache.putAll(FILE, indexes, pages));
    get(cache.invalidatePage(FILE, indexes[5]));
    int[] asked = IntStream.range(0, 300).map(i -> indexes[299 - i]).toArray();
    List<@Nullable Buffer> expected = new ArrayList<>(pages);
    expected.set(5, null);
    Collections.reverse(expected);
    assertEquals(expected, get(cache.getAll(FILE, asked)));
  }

  @Test
  void objectsAndTheWholeCacheAreInvalidated() {
    CleanCache cache = open("c");
    CleanCache beside = open("beside");
    for (int index = 0; index < 200; index++) {
      get(cache.put(FILE, index, page(index, 1)));
      get(cache.put(OTHER, index, page(index, 2)));
      get(beside.put(FILE, index, page(index, 3)));
    }
    get(cache.invalidateObject(FILE));
    for (int index = 0; index < 200; index++) {
      assertNull(get(cache.get(FILE, index)));
      assertEquals(page(index, 2), get(cache.get(OTHER, index)));
    }
    get(cache.invalidateAll());
    for (int index = 0; index < 200; index++) {
      assertNull(get(cache.get(OTHER, index)));
      assertEquals(page(index, 3), get(beside.get(FILE, index)));
    }
    get(cache.put(OTHER, 1, page(1, 4)));
    assertEquals(page(1, 4), get(cache.get(OTHER, 1)));
  }

  @Test
  void theLastCloseEndsTheCache() {
    CleanCache first = open("c");
    CleanCache second = open("c");
    get(first.put(FILE, 1, page(1, 1)));
    get(first.close());
    get(first.close());
    fails(ErrorCode.AREA_CLOSED, () -> first.get(FILE, 1));
    assertEquals(page(1, 1), get(second.get(FILE, 1)));
    OpenCache old = get(node().caches.find("c"));
    get(second.close());
    assertEquals(0, old.space().counters().pages());
    assertTrue(node().caches.list().isEmpty());
    CleanCache anew = open("c");
    assertNull(get(anew.get(FILE, 1)));
  }

  @Test
  void whatHasEndedSaysSo() {
    CleanCache cache = open("c");
    get(node().caches.endAll());
    for (Callable<Future<?>> call :
        List.<Callable<Future<?>>>of(
            () -> cache.put(FILE, 1, page(1, 1)),
            () -> cache.get(FILE, 1),
            () -> cache.putAll(FILE, new int[] {1}, List.of(page(1, 1))),
            () -> cache.getAll(FILE, new int[] {1}),
            () -> cache.invalidatePage(FILE, 1),
            () -> cache.invalidateObject(FILE),
            cache::invalidateAll)) {
      TmemException error = assertThrows(TmemException.class, () -> get(call.call()));
      assertTrue(ended().contains(error.code()), error.toString());
    }
    get(cache.close());
  }

  @Test
  void optionsHaveToAgree() {
    open("c");
    TmemException error =
        fails(
            ErrorCode.OPTIONS_MISMATCH,
            () -> opening("c", new CleanCacheOptions().setPageSize(8192)));
    assertTrue(String.valueOf(error.getMessage()).contains("8192"), error.toString());
    fails(ErrorCode.INVALID_OPTION, () -> opening("no spaces", new CleanCacheOptions()));
    fails(ErrorCode.INVALID_OPTION, () -> opening("x".repeat(129), new CleanCacheOptions()));
  }

  @Test
  void areasAndCachesAreBoundedTogether() {
    get(node().areas.open("c", new SwapAreaOptions()));
    for (int i = 1; i < BusNode.MAX_AREAS - 1; i++) {
      open("c" + i);
    }
    CleanCache last = open("c"); // the name of an area as well
    TmemException full = fails(ErrorCode.FULL, () -> opening("one-more", new CleanCacheOptions()));
    assertTrue(String.valueOf(full.getMessage()).contains("10"), full.toString());
    fails(ErrorCode.FULL, () -> node().areas.open("one-more", new SwapAreaOptions()));
    get(last.close());
    get(node().areas.open("one-more", new SwapAreaOptions()));
    fails(ErrorCode.FULL, () -> opening("c", new CleanCacheOptions()));
    get(node().areas.swapOff("one-more"));
    open("c");
  }

  @Test
  void badInputIsNamedCountedAndChangesNothing() {
    CleanCache cache = open("c");
    get(cache.put(FILE, 1, page(1, 1)));
    fails(ErrorCode.INVALID_PAGE, () -> cache.put(FILE, 1, Buffer.buffer()));
    TmemException error =
        fails(ErrorCode.INVALID_PAGE, () -> cache.put(FILE, 1, Buffer.buffer(new byte[4097])));
    assertTrue(String.valueOf(error.getMessage()).contains("4096"), error.toString());
    fails(ErrorCode.INVALID_PAGE, () -> cache.put(FILE, 1, Buffer.buffer(new byte[70_000])));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> cache.getAll(FILE, new int[0]));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> cache.getAll(FILE, new int[4097]));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> cache.putAll(FILE, new int[0], List.of()));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> cache.putAll(FILE, new int[2], List.of(page(1, 2))));
    fails(
        ErrorCode.INVALID_PAGE,
        () -> cache.putAll(FILE, new int[] {1, 2}, List.of(page(1, 2), Buffer.buffer())));
    assertEquals(page(1, 1), get(cache.get(FILE, 1)));
    assertNull(get(cache.get(FILE, 2)));
    long counted = get(node().caches.find("c")).space().numbers().getOrDefault("invalid_io", 0L);
    assertTrue(counted >= 2, counted + " counted");
  }

  @Test
  void theCountersAreCleancaches() {
    CleanCache cache = open("c");
    get(cache.put(FILE, 1, page(1, 1)));
    get(cache.put(FILE, 1, page(1, 2)));
    get(cache.put(FILE, 2, page(2, 1)));
    get(cache.get(FILE, 1));
    get(cache.get(FILE, 3));
    get(cache.get(OTHER, 1));
    get(cache.invalidatePage(FILE, 1));
    get(cache.invalidatePage(FILE, 1));
    get(cache.invalidateObject(FILE));
    var numbers = get(node().caches.find("c")).space().numbers();
    assertEquals(3, numbers.get("puts"));
    assertEquals(1, numbers.get("succ_gets"));
    assertEquals(2, numbers.get("failed_gets"));
    assertEquals(2, numbers.get("invalidates"));
    assertEquals(0, numbers.get("curr_pages"));
    assertEquals(0, numbers.get("pages_dropped"));
  }
}

package dev.tmem.eventbus;

import static dev.tmem.eventbus.BusNode.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.PageLostException;
import dev.tmem.PageUnavailableException;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import dev.tmem.Until;
import dev.tmem.dispatch.Pages;
import dev.tmem.dispatch.TwinBackend.Mood;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What holds for every swap area, in this process or over the event bus. */
@ExtendWith(VertxExtension.class)
abstract class SwapAreaContractTest {

  private @Nullable BusNode node;

  /** The way to the areas of the node. */
  abstract static class Way {
    abstract Future<SwapArea> swapOn(String name, SwapAreaOptions options);

    abstract Future<SwapArea> area(String name);
  }

  private @Nullable Way way;

  /** Finds the way to a node that has just begun. */
  abstract Way wayTo(BusNode node);

  /** What an operation fails with when its area was swapped off. */
  abstract Set<ErrorCode> ended();

  @BeforeEach
  void begin(Vertx vertx) {
    node = new BusNode(vertx, "n1", "life-1");
    way = wayTo(node);
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

  private Way way() {
    Way known = way;
    assertNotNull(known);
    return known;
  }

  final SwapArea open(String name) {
    return get(way().swapOn(name, new SwapAreaOptions()));
  }

  private static TmemException fails(ErrorCode code, Callable<Future<?>> call) {
    TmemException error = assertThrows(TmemException.class, () -> get(call.call()));
    assertEquals(code, error.code(), error.toString());
    return error;
  }

  private static <E extends TmemException> E throwsA(Class<E> type, Callable<Future<?>> call) {
    return assertThrows(type, () -> get(call.call()));
  }

  private static Buffer page(long offset, long version) {
    return Buffer.buffer(Pages.of(1, offset, version, 4096));
  }

  private static List<Buffer> pages(long[] offsets, long version) {
    List<Buffer> pages = new ArrayList<>();
    for (long offset : offsets) {
      pages.add(page(offset, version));
    }
    return pages;
  }

  @Test
  void aPageComesBackUntilItIsInvalidated() {
    SwapArea area = open("a");
    for (int length : new int[] {1, 7, 8, 100, 4095, 4096}) {
      for (int version = 0; version < 8; version++) {
        Buffer page = Buffer.buffer(Pages.of(1, length, version, length));
        get(area.store(length, page));
        assertEquals(page, get(area.load(length)));
      }
    }
    node().demoteAll();
    assertEquals(Buffer.buffer(Pages.of(1, 100, 7, 100)), get(area.load(100)));
    assertEquals(6L, get(area.pages()));
    assertTrue(get(area.contains(8)));
    get(area.invalidatePage(8));
    get(area.invalidatePage(8));
    assertFalse(get(area.contains(8)));
    assertNull(get(area.load(8)));
    assertEquals(5L, get(area.pages()));
  }

  @Test
  void anAreaKnowsItsNameAndOptions() {
    SwapAreaOptions options = new SwapAreaOptions().setPageSize(1024).setMaxPages(50);
    SwapArea area = get(way().swapOn("small", options));
    assertEquals("small", area.name());
    assertEquals(options, area.options());
    area.options().setPageSize(2048);
    assertEquals(options, area.options());
  }

  @Test
  void everyStoreGivesAPageAHigherEpoch() {
    SwapArea area = open("a");
    assertEquals(-1L, get(area.epoch(1)));
    get(area.store(1, page(1, 1)));
    long first = get(area.epoch(1));
    get(area.invalidatePage(1));
    assertEquals(-1L, get(area.epoch(1)));
    get(area.store(1, page(1, 2)));
    long second = get(area.epoch(1));
    node().demoteAll();
    assertEquals(second, get(area.epoch(1)), "a move makes no new version");
    assertTrue(first > 0 && second > first, first + ", " + second);
  }

  @Test
  void whereLoadsAreExclusiveAPageIsLoadedOnce() {
    SwapArea area = open("a");
    get(area.change(area.options().setExclusive(true)));
    for (boolean demoted : new boolean[] {false, true}) {
      for (long offset = 0; offset < 40; offset++) {
        get(area.store(offset, page(offset, 1)));
      }
      if (demoted) {
        node().demoteAll();
      }
      assertEquals(page(0, 1), get(area.load(0)));
      assertNull(get(area.load(0)));
      long[] offsets = LongStream.range(0, 50).toArray();
      List<@Nullable Buffer> pages = get(area.loadAll(offsets));
      for (int i = 0; i < offsets.length; i++) {
        assertEquals(i == 0 || i >= 40 ? null : page(i, 1), pages.get(i));
      }
      assertEquals(0L, get(area.pages()));
    }
  }

  @Test
  void anExclusiveBatchThatFailsTakesNothingAway() {
    SwapArea area = open("a");
    for (long offset = 0; offset < 40; offset++) {
      get(area.store(offset, page(offset, 1)));
    }
    node().demoteAll();
    get(area.store(40, page(40, 1)));
    get(area.change(area.options().setExclusive(true)));
    node().disk.mood = Mood.AWAY;
    assertThrows(TmemException.class, () -> get(area.loadAll(LongStream.range(0, 41).toArray())));
    node().disk.mood = Mood.WELL;
    assertEquals(page(40, 1), get(area.load(40)));
    assertEquals(page(3, 1), get(area.load(3)));
  }

  @Test
  void whatCanChangeChangesAndWhatCannotIsNamed() {
    SwapArea area = open("a");
    SwapAreaOptions options = area.options();
    get(area.change(options.setWritethrough(true)));
    assertTrue(get(way().area("a")).options().isWritethrough());
    TmemException error =
        fails(ErrorCode.OPTIONS_MISMATCH, () -> area.change(options.setPageSize(8192)));
    assertTrue(String.valueOf(error.getMessage()).contains("pageSize is 4096, not 8192"));
    get(area.freeze());
    fails(ErrorCode.FROZEN, () -> area.store(1, page(1, 1)));
    assertFalse(get(area.contains(1)));
    get(area.thaw());
    get(area.store(1, page(1, 1)));
  }

  @Test
  void whoListensHearsWhatIsFreed() throws Exception {
    SwapArea area = open("a");
    if (area instanceof RemoteSwapArea) {
      TmemException unheard = fails(ErrorCode.OPTIONS_MISMATCH, () -> area.onFreed(freed -> {}));
      assertTrue(String.valueOf(unheard.getMessage()).contains("freeEvents is false"));
    }
    get(area.change(area.options().setFreeEvents(true)));
    BlockingQueue<FreedPages> heard = new LinkedBlockingQueue<>();
    Listening listening = get(area.onFreed(heard::add));
    get(area.store(1, page(1, 1)));
    long epoch = get(area.epoch(1));
    get(area.store(1, page(1, 2)));
    FreedPages freed = heard.poll(Until.SECONDS, TimeUnit.SECONDS);
    assertNotNull(freed);
    assertEquals("a", freed.area());
    assertEquals(1, freed.count());
    assertEquals(1, freed.offset(0));
    assertEquals(epoch, freed.epoch(0));
    assertEquals(0, freed.missed());
    listening.close();
  }

  @Test
  void theLargestOffsetIsAnOffset() {
    SwapArea area = open("a");
    long last = (1L << 48) - 1;
    get(area.store(last, page(last, 1)));
    assertEquals(page(last, 1), get(area.load(last)));
    assertArrayEquals(new long[] {last}, get(area.offsets(0, 10)));
    fails(ErrorCode.INVALID_OFFSET, () -> area.store(last + 1, page(1, 1)));
  }

  @Test
  void aBufferMayBeReusedWhenTheCallHasReturned() {
    SwapArea area = open("a");
    Buffer buffer = Buffer.buffer(new byte[4096]);
    long[] offsets = LongStream.range(100, 200).toArray();
    for (int i = 0; i < 50; i++) {
      buffer.setBytes(0, Pages.of(1, i, 1, 4096));
      area.store(i, buffer);
    }
    List<Buffer> batch = new ArrayList<>();
    for (long offset : offsets) {
      batch.add(page(offset, 1));
    }
    Future<Void> stored = area.storeAll(offsets, batch);
    for (Buffer page : batch) {
      page.setBytes(0, new byte[4096]);
    }
    batch.clear();
    offsets[0] = 7;
    get(stored);
    for (int i = 0; i < 200; i = i == 49 ? 100 : i + 1) {
      assertEquals(page(i, 1), get(area.load(i)), "page " + i);
    }
  }

  @Test
  void aLoadedPageBelongsToTheCaller() {
    SwapArea area = open("a");
    get(area.store(1, page(1, 1)));
    Buffer loaded = get(area.load(1));
    assertNotNull(loaded);
    loaded.setBytes(0, new byte[4096]);
    assertEquals(page(1, 1), get(area.load(1)));
  }

  @Test
  void aFullBatchComesBackInTheOrderAskedWithItsHoles() {
    SwapArea area = open("a");
    long[] offsets = new long[4096];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = (i * 7919L) % 10_007;
    }
    List<Buffer> pages = pages(offsets, 1);
    get(area.storeAll(offsets, pages));
    assertEquals(4096L, get(area.pages()));
    get(node().node.dispatcher.shrink("zram", 1000));
    assertEquals(pages, get(area.loadAll(offsets)));
    long[] gone = Arrays.copyOfRange(offsets, 1000, 1500);
    get(area.invalidateAll(gone));
    List<@Nullable Buffer> loaded = get(area.loadAll(offsets));
    for (int i = 0; i < offsets.length; i++) {
      assertEquals(i >= 1000 && i < 1500 ? null : pages.get(i), loaded.get(i), "page " + i);
    }
    get(area.invalidateAll(offsets));
    assertEquals(0L, get(area.pages()));
  }

  @Test
  void pagesOfAnySizeTravelInBatches() {
    SwapArea area = get(way().swapOn("large", new SwapAreaOptions().setPageSize(65_536)));
    long[] offsets = {5, 3, 1, 8};
    List<Buffer> pages = new ArrayList<>();
    for (int length : new int[] {65_536, 1, 30_000, 65_536}) {
      pages.add(Buffer.buffer(Pages.of(1, length, 1, length)));
    }
    get(area.storeAll(offsets, pages));
    assertEquals(pages, get(area.loadAll(offsets)));
  }

  @Test
  void aPageMayBeAskedForTwice() {
    SwapArea area = open("a");
    get(area.store(1, page(1, 1)));
    List<@Nullable Buffer> loaded = get(area.loadAll(new long[] {1, 2, 1}));
    assertEquals(Arrays.asList(page(1, 1), null, page(1, 1)), loaded);
  }

  @Test
  void offsetsAreGivenInOrder() {
    SwapArea area = open("a");
    long[] offsets = LongStream.range(0, 3000).map(i -> i * 3).toArray();
    get(area.storeAll(offsets, pages(offsets, 3)));
    assertArrayEquals(offsets, get(area.offsets(0, 65_536)));
    assertArrayEquals(new long[] {30, 33, 36}, get(area.offsets(28, 3)));
    assertArrayEquals(new long[0], get(area.offsets(9000, 3)));
  }

  @Test
  void aTakenPageBelongsToTheTaker() {
    SwapArea area = open("a");
    get(area.store(1, page(1, 1)));
    Taken taken = get(area.take(1));
    assertNotNull(taken);
    assertEquals(page(1, 1), taken.page());
    taken.page().setBytes(0, new byte[100]);
    assertEquals(page(1, 1), taken.page());
    assertNull(get(area.load(1)));
    assertNull(get(area.take(1)));
    assertTrue(get(taken.commit()));
    assertTrue(get(taken.commit()));
    assertFalse(get(area.contains(1)));
    assertEquals(0L, get(area.pages()));
    assertNull(get(area.take(1)));
  }

  @Test
  void aPagePutBackIsThereAgain() {
    SwapArea area = open("a");
    get(area.store(1, page(1, 1)));
    Taken taken = get(area.take(1));
    assertNotNull(taken);
    assertTrue(get(taken.putBack()));
    assertEquals(page(1, 1), get(area.load(1)));
    get(taken.commit());
    assertEquals(page(1, 1), get(area.load(1)), "the first decision stands");
  }

  @Test
  void aStoreEndsATake() {
    SwapArea area = open("a");
    get(area.store(1, page(1, 1)));
    Taken taken = get(area.take(1));
    assertNotNull(taken);
    get(area.store(1, page(1, 2)));
    assertFalse(get(taken.commit()));
    assertEquals(page(1, 2), get(area.load(1)));
  }

  @Test
  void aTakeEndsWithItsArea() {
    SwapArea area = open("a");
    get(area.store(1, page(1, 1)));
    Taken taken = get(area.take(1));
    assertNotNull(taken);
    get(area.swapOff());
    assertFalse(get(taken.commit()));
  }

  @Test
  void operationsOnAPageTakeEffectInTheOrderOfTheirCalls() {
    SwapArea area = open("a");
    List<Future<?>> calls = new ArrayList<>();
    List<Future<@Nullable Buffer>> loads = new ArrayList<>();
    for (int version = 0; version < 300; version++) {
      calls.add(area.store(1, page(1, version)));
      loads.add(area.load(1));
      calls.add(area.invalidatePage(1));
      loads.add(area.load(1));
    }
    get(Future.all(calls));
    for (int version = 0; version < 300; version++) {
      assertEquals(page(1, version), get(loads.get(2 * version)));
      assertNull(get(loads.get(2 * version + 1)));
    }
  }

  @Test
  void anInvalidatedAreaStaysOpen() {
    SwapArea area = open("a");
    long[] offsets = LongStream.range(0, 500).toArray();
    get(area.storeAll(offsets, pages(offsets, 1)));
    get(area.invalidateArea());
    assertEquals(0L, get(area.pages()));
    assertNull(get(area.load(1)));
    get(area.store(1, page(1, 2)));
    assertEquals(page(1, 2), get(area.load(1)));
    get(area.flush());
  }

  @Test
  void whatSwapOffEndsIsOfNoMoreUse() {
    SwapArea area = open("a");
    SwapArea other = get(way().area("a"));
    get(area.store(1, page(1, 1)));
    get(area.swapOff());
    for (SwapArea handle : List.of(area, other)) {
      for (Callable<Future<?>> call : everyCall(handle)) {
        assertEnded(throwsA(TmemException.class, call));
      }
    }
    fails(ErrorCode.UNKNOWN_AREA, () -> way().area("a"));
    SwapArea anew = open("a");
    assertNull(get(anew.load(1)));
    get(anew.store(1, page(1, 2)));
    for (Callable<Future<?>> call : everyCall(other)) {
      assertEnded(throwsA(TmemException.class, call));
    }
    assertEquals(page(1, 2), get(anew.load(1)));
    get(other.close());
  }

  private void assertEnded(TmemException error) {
    assertTrue(ended().contains(error.code()), error.toString());
  }

  private static List<Callable<Future<?>>> everyCall(SwapArea area) {
    return List.of(
        () -> area.store(1, page(1, 9)),
        () -> area.load(1),
        () -> area.take(1),
        () -> area.contains(1),
        () -> area.invalidatePage(1),
        () -> area.storeAll(new long[] {1}, List.of(page(1, 9))),
        () -> area.loadAll(new long[] {1}),
        () -> area.invalidateAll(new long[] {1}),
        area::invalidateArea,
        area::pages,
        () -> area.offsets(0, 1),
        area::flush);
  }

  @Test
  void aClosedHandleIsClosedTheAreaIsNot() {
    SwapArea area = open("a");
    SwapArea other = get(way().area("a"));
    get(area.store(1, page(1, 1)));
    get(area.close());
    get(area.close());
    for (Callable<Future<?>> call : everyCall(area)) {
      fails(ErrorCode.AREA_CLOSED, call);
    }
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    fails(ErrorCode.AREA_CLOSED, () -> Future.succeededFuture(area.storeNow(1, buffer)));
    fails(ErrorCode.AREA_CLOSED, () -> Future.succeededFuture(area.loadNow(1, buffer)));
    assertEquals(page(1, 1), get(other.load(1)));
    fails(ErrorCode.AREA_BUSY, () -> node().areas.reset("a", false));
    get(other.close());
    assertEquals(1L, get(node().areas.reset("a", false)));
  }

  @Test
  void otherOptionsAreAMismatch() {
    open("a");
    TmemException error =
        fails(
            ErrorCode.OPTIONS_MISMATCH,
            () -> way().swapOn("a", new SwapAreaOptions().setPageSize(1024)));
    assertTrue(String.valueOf(error.getMessage()).contains("1024"), error.getMessage());
    get(way().swapOn("a", new SwapAreaOptions()));
    fails(ErrorCode.UNKNOWN_AREA, () -> way().area("b"));
    fails(ErrorCode.INVALID_OPTION, () -> way().swapOn("a/b", new SwapAreaOptions()));
  }

  @Test
  void areasAreBounded() {
    for (int i = 0; i < BusNode.MAX_AREAS; i++) {
      open("a" + i);
    }
    assertThrows(TmemFullException.class, () -> open("b"));
    open("a0");
  }

  @Test
  void whatIsWrongIsNamedAndChangesNothing() {
    SwapArea area = get(way().swapOn("a", new SwapAreaOptions().setMaxPages(100)));
    get(area.store(1, page(1, 1)));
    Buffer tooLong = Buffer.buffer(new byte[4097]);
    fails(ErrorCode.INVALID_PAGE, () -> area.store(1, tooLong));
    fails(ErrorCode.INVALID_PAGE, () -> area.store(1, Buffer.buffer()));
    for (long offset : new long[] {-1, 100, Long.MIN_VALUE, Long.MAX_VALUE}) {
      fails(ErrorCode.INVALID_OFFSET, () -> area.store(offset, page(1, 2)));
      fails(ErrorCode.INVALID_OFFSET, () -> area.load(offset));
      fails(ErrorCode.INVALID_OFFSET, () -> area.take(offset));
      fails(ErrorCode.INVALID_OFFSET, () -> area.contains(offset));
      fails(ErrorCode.INVALID_OFFSET, () -> area.invalidatePage(offset));
      fails(ErrorCode.INVALID_OFFSET, () -> area.offsets(offset, 1));
      fails(ErrorCode.INVALID_OFFSET, () -> area.loadAll(new long[] {1, offset}));
    }
    long[] many = LongStream.range(0, 200).toArray();
    fails(ErrorCode.INVALID_OFFSET, () -> area.loadAll(many));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.offsets(0, 0));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.offsets(0, 65_537));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.loadAll(new long[0]));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.loadAll(new long[4097]));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.invalidateAll(new long[0]));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.invalidateAll(new long[4097]));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.storeAll(new long[0], List.of()));
    fails(ErrorCode.MALFORMED_MESSAGE, () -> area.storeAll(new long[] {1}, List.of()));
    assertEquals(page(1, 1), get(area.load(1)));
    assertEquals(1L, get(area.pages()));
  }

  @Test
  void aBatchKeepsWhatItCanAndNamesTheRest() {
    SwapArea area = get(way().swapOn("a", new SwapAreaOptions().setMaxPages(100)));
    long[] offsets = LongStream.range(0, 110).toArray();
    List<Buffer> pages = pages(offsets, 1);
    pages.set(7, Buffer.buffer());
    pages.set(8, Buffer.buffer(new byte[4097]));
    pages.set(9, Buffer.buffer(new byte[SwapAreaOptions.MAX_PAGE_SIZE + 1]));
    pages.set(10, Buffer.buffer(new byte[1 << 20]));
    BatchException error = throwsA(BatchException.class, () -> area.storeAll(offsets, pages));
    Map<Long, TmemException> causes = error.causes();
    assertEquals(14, causes.size(), error.toString());
    for (long offset = 7; offset <= 10; offset++) {
      assertEquals(ErrorCode.INVALID_PAGE, causeAt(causes, offset));
    }
    assertEquals(ErrorCode.INVALID_OFFSET, causeAt(causes, 105));
    assertEquals(96L, get(area.pages()));
    assertEquals(page(99, 1), get(area.load(99)));
  }

  private static @Nullable ErrorCode causeAt(Map<Long, TmemException> causes, long offset) {
    TmemException cause = causes.get(offset);
    return cause == null ? null : cause.code();
  }

  @Test
  void anUnreachableOrLostPageSaysSo() {
    SwapArea area = open("a");
    long[] offsets = LongStream.range(0, 100).toArray();
    get(area.storeAll(offsets, pages(offsets, 1)));
    node().demoteAll();
    node().disk.mood = Mood.AWAY;
    PageUnavailableException away = throwsA(PageUnavailableException.class, () -> area.load(5));
    assertEquals(5, away.fault().offset());
    assertEquals("a", away.fault().area());
    assertEquals("disk", away.fault().backend());
    assertEquals("it is away", away.fault().reason());
    node().disk.mood = Mood.FORGETFUL;
    PageLostException lost = throwsA(PageLostException.class, () -> area.load(5));
    assertEquals(5, lost.fault().offset());
    assertEquals("it was forgotten", lost.fault().reason());
    node().disk.mood = Mood.WELL;
    throwsA(PageLostException.class, () -> area.load(5));
    throwsA(PageLostException.class, () -> area.take(5));
    BatchException batch = throwsA(BatchException.class, () -> area.loadAll(new long[] {4, 5, 6}));
    assertEquals(Set.of(5L), batch.causes().keySet());
    PageLostException cause = (PageLostException) batch.causes().get(5L);
    assertNotNull(cause);
    assertEquals(5, cause.fault().offset());
    assertTrue(get(area.contains(5)));
    get(area.store(5, page(5, 2)));
    assertEquals(page(5, 2), get(area.load(5)));
  }

  @Test
  void theQuickCallsAreQuickOrSayThatTheyCannot() {
    SwapArea area = open("a");
    ByteBuffer page = ByteBuffer.wrap(Pages.of(1, 1, 1, 4096));
    if (!area.storeNow(1, page)) {
      get(area.store(1, page(1, 1)));
    }
    ByteBuffer into = ByteBuffer.allocate(4096);
    int length = area.loadNow(1, into);
    assertTrue(length == 4096 || length == SwapArea.ELSEWHERE);
    assertEquals(page(1, 1), get(area.load(1)));
  }
}

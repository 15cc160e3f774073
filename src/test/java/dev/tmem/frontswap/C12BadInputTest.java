package dev.tmem.frontswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.TestNode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C12: bad input is a typed error that names the value and the limit; nothing changes. */
class C12BadInputTest {

  private final ManualScheduler scheduler = new ManualScheduler();
  private final TestNode node = new TestNode(scheduler, 8L << 20);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, 3);
  private SwapArea area = new Unopened().area;

  /** Stands in until the area is open. */
  private final class Unopened {
    final SwapArea area;

    Unopened() {
      done(node.dispatcher.register(node.zram));
      area = done(areas.swapOn("a", new SwapAreaOptions().setMaxPages(100)));
    }
  }

  private <T extends @Nullable Object> T done(Future<T> future) {
    scheduler.until(future::isComplete);
    if (future.cause() instanceof RuntimeException error) {
      throw error;
    }
    return future.result();
  }

  @BeforeEach
  void storeOne() {
    done(area.store(1, Buffer.buffer("one")));
  }

  @AfterEach
  void nothingHasChanged() {
    assertEquals("one", String.valueOf(done(area.load(1))));
    assertEquals(1L, done(area.pages()));
    node.close();
  }

  private void refused(ErrorCode code, String names, Callable<?> call) {
    TmemException error =
        assertThrows(
            TmemException.class,
            () -> {
              Object result = call.call();
              if (result instanceof Future<?> future) {
                done(future);
              }
            });
    assertEquals(code, error.code(), error.toString());
    assertTrue(String.valueOf(error.getMessage()).contains(names), error.getMessage());
  }

  private long invalidIo() {
    return node.dispatcher.counters().getOrDefault("invalid_io", -1L);
  }

  @Test
  void aPageThatIsEmptyOrTooLong() {
    Buffer tooLong = Buffer.buffer(new byte[4097]);
    refused(ErrorCode.INVALID_PAGE, "4097", () -> area.store(1, tooLong));
    refused(ErrorCode.INVALID_PAGE, "4096", () -> area.store(1, tooLong));
    refused(ErrorCode.INVALID_PAGE, "0 bytes", () -> area.store(1, Buffer.buffer()));
    refused(ErrorCode.INVALID_PAGE, "4097", () -> area.storeNow(1, ByteBuffer.allocate(4097)));
    refused(ErrorCode.INVALID_PAGE, "0 bytes", () -> area.storeNow(1, ByteBuffer.allocate(0)));
    ByteBuffer whole = ByteBuffer.allocateDirect(8192);
    refused(ErrorCode.INVALID_PAGE, "8192", () -> area.storeNow(1, whole));
    refused(ErrorCode.INVALID_PAGE, "0 bytes", () -> area.storeNow(1, whole.slice(100, 0)));
    refused(ErrorCode.INVALID_PAGE, "4097", () -> area.storeNow(1, whole.slice(100, 4097)));
    assertEquals(8, invalidIo());
  }

  @Test
  void anOffsetOutOfRange() {
    for (long offset : new long[] {-1, 100, 1L << 48, Long.MIN_VALUE, Long.MAX_VALUE}) {
      String name = String.valueOf(offset);
      refused(ErrorCode.INVALID_OFFSET, name, () -> area.store(offset, Buffer.buffer("x")));
      refused(ErrorCode.INVALID_OFFSET, name, () -> area.load(offset));
      refused(ErrorCode.INVALID_OFFSET, name, () -> area.take(offset));
      refused(ErrorCode.INVALID_OFFSET, name, () -> area.contains(offset));
      refused(ErrorCode.INVALID_OFFSET, "0 to 99", () -> area.invalidatePage(offset));
      refused(ErrorCode.INVALID_OFFSET, name, () -> area.offsets(offset, 1));
      refused(ErrorCode.INVALID_OFFSET, name, () -> area.loadAll(new long[] {1, offset}));
      refused(ErrorCode.INVALID_OFFSET, name, () -> area.storeNow(offset, ByteBuffer.allocate(8)));
      refused(ErrorCode.INVALID_OFFSET, name, () -> area.loadNow(offset, ByteBuffer.allocate(8)));
    }
    done(area.store(99, Buffer.buffer("last")));
    done(area.invalidatePage(99));
  }

  @Test
  void aBufferThatCannotTakeThePage() {
    ByteBuffer small = ByteBuffer.allocate(2);
    refused(ErrorCode.INVALID_PAGE, "2 bytes", () -> area.loadNow(1, small));
    ByteBuffer readOnly = ByteBuffer.allocate(4096).asReadOnlyBuffer();
    refused(ErrorCode.INVALID_PAGE, "read-only", () -> area.loadNow(1, readOnly));
  }

  @Test
  void aBatchThatIsEmptyTooLongOrUneven() {
    refused(ErrorCode.MALFORMED_MESSAGE, "0 pages", () -> area.loadAll(new long[0]));
    refused(ErrorCode.MALFORMED_MESSAGE, "4096", () -> area.loadAll(new long[4097]));
    refused(ErrorCode.MALFORMED_MESSAGE, "4096", () -> area.invalidateAll(new long[4097]));
    refused(
        ErrorCode.MALFORMED_MESSAGE,
        "2 offsets",
        () -> area.storeAll(new long[] {1, 2}, List.of(Buffer.buffer("x"))));
    refused(ErrorCode.MALFORMED_MESSAGE, "65536", () -> area.offsets(0, 65_537));
    refused(ErrorCode.MALFORMED_MESSAGE, "0", () -> area.offsets(0, 0));
  }

  @Test
  void aBatchKeepsWhatFitsAndNamesWhatDoesNot() {
    List<Buffer> pages = List.of(Buffer.buffer("two"), Buffer.buffer(), Buffer.buffer("four"));
    BatchException error =
        assertThrows(
            BatchException.class, () -> done(area.storeAll(new long[] {2, 3, 400}, pages)));
    assertEquals(2, error.causes().size());
    assertEquals(ErrorCode.INVALID_PAGE, causeOf(error, 3).code());
    assertEquals(ErrorCode.INVALID_OFFSET, causeOf(error, 400).code());
    assertEquals("two", String.valueOf(done(area.load(2))));
    done(area.invalidateAll(new long[] {2, 3}));
  }

  private static TmemException causeOf(BatchException error, long offset) {
    return assertInstanceOf(TmemException.class, error.causes().get(offset));
  }

  @Test
  void anAreaThatIsUnknownOrHasOtherOptions() {
    refused(ErrorCode.UNKNOWN_AREA, "nowhere", () -> areas.attach("nowhere"));
    refused(ErrorCode.UNKNOWN_AREA, "nowhere", () -> areas.swapOff("nowhere"));
    refused(
        ErrorCode.OPTIONS_MISMATCH,
        "8192",
        () -> areas.swapOn("a", new SwapAreaOptions().setMaxPages(100).setPageSize(8192)));
    refused(ErrorCode.INVALID_OPTION, "a b", () -> areas.swapOn("a b", new SwapAreaOptions()));
    refused(ErrorCode.INVALID_OPTION, "allowed", () -> areas.swapOn("", new SwapAreaOptions()));
  }

  @Test
  void moreAreasThanTheNodeMayHold() {
    done(areas.swapOn("b", new SwapAreaOptions()));
    done(areas.swapOn("c", new SwapAreaOptions()));
    refused(ErrorCode.FULL, "maxAreas is 3", () -> areas.swapOn("d", new SwapAreaOptions()));
    done(areas.swapOff("b"));
    done(areas.swapOn("d", new SwapAreaOptions()));
  }

  @Test
  void aHandleThatWasClosed() {
    SwapArea other = done(areas.attach("a"));
    done(other.close());
    done(other.close());
    refused(ErrorCode.AREA_CLOSED, "closed", () -> other.load(1));
    refused(ErrorCode.AREA_CLOSED, "closed", () -> other.storeNow(1, ByteBuffer.allocate(8)));
    refused(ErrorCode.AREA_CLOSED, "closed", () -> other.store(1, Buffer.buffer("x")));
  }

  @Test
  void anAreaThatWasSwappedOffUnderItsHandles() {
    SwapArea old = done(areas.swapOn("b", new SwapAreaOptions()));
    done(old.store(5, Buffer.buffer("five")));
    done(old.swapOff());
    SwapArea anew = done(areas.swapOn("b", new SwapAreaOptions()));
    refused(ErrorCode.AREA_CLOSED, "number 2", () -> old.load(5));
    refused(ErrorCode.AREA_CLOSED, "number 2", () -> old.store(5, Buffer.buffer("x")));
    assertEquals(null, done(anew.load(5)));
    assertFalse(done(anew.contains(5)));
    assertEquals(Collections.nCopies(1, "area-closed").size(), 1);
  }

  @Test
  void aResetOfAnAreaThatIsHeldOpen() {
    refused(ErrorCode.AREA_BUSY, "1 handles", () -> areas.reset("a", false));
    assertEquals(0L, done(areas.reset("nowhere", false)));
    SwapArea other = done(areas.swapOn("b", new SwapAreaOptions()));
    done(other.store(1, Buffer.buffer("x")));
    assertEquals(1L, done(areas.reset("b", true)));
    refused(ErrorCode.AREA_CLOSED, "closed", () -> other.load(1));
  }
}

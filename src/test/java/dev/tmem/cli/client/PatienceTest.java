package dev.tmem.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.BatchException;
import dev.tmem.ErrorCode;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PatienceTest {

  private static final Patience THREE = new Patience(3, 1);

  private static TmemException error(ErrorCode code) {
    return new TmemException(code, code.name());
  }

  @Test
  void itEnds() {
    AtomicInteger calls = new AtomicInteger();
    TmemException last = error(ErrorCode.OUTCOME_UNKNOWN);
    TmemException thrown =
        assertThrows(
            TmemException.class,
            () ->
                THREE.call(() -> {
                  calls.incrementAndGet();
                  return Future.failedFuture(last);
                }));
    assertSame(last, thrown);
    assertEquals(3, calls.get());
  }

  @Test
  void whatIsWrongForGoodIsNotRepeated() {
    AtomicInteger calls = new AtomicInteger();
    assertThrows(
        TmemException.class,
        () ->
            THREE.call(() -> {
              calls.incrementAndGet();
              return Future.failedFuture(error(ErrorCode.INVALID_PAGE));
            }));
    assertEquals(1, calls.get());
  }

  @Test
  void ofABatchOnlyTheFailedPagesAreStoredAgain() {
    TwinArea area = new TwinArea(new SwapAreaOptions());
    AtomicInteger asked = new AtomicInteger();
    area.faults =
        offset -> {
          asked.incrementAndGet();
          return offset == 2 && asked.get() <= 3 ? new TmemFullException("full") : null;
        };
    List<Buffer> pages = List.of(Buffer.buffer("a"), Buffer.buffer("b"), Buffer.buffer("c"));
    THREE.storeAll(area, new long[] {0, 1, 2}, pages);
    assertEquals(4, asked.get());
    assertEquals("c", new String(area.map.getOrDefault(2L, new byte[0]), UTF_8));
  }

  @Test
  void aBatchMayPassIfAllOfItMay() {
    TmemException full = new TmemFullException("full");
    TmemException wrong = error(ErrorCode.INVALID_OFFSET);
    assertTrue(Patience.mayPass(new BatchException(Map.of(1L, full, 2L, full))));
    assertFalse(Patience.mayPass(new BatchException(Map.of(1L, full, 2L, wrong))));
  }
}

package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Fsync;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.Tmem;
import dev.tmem.TmemException;
import dev.tmem.TmemOptions;
import dev.tmem.Until;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Durable areas of a node that is stopped and started again. */
@ExtendWith(VertxExtension.class)
class DurableAreasTest {

  private static final SwapAreaOptions DURABLE = new SwapAreaOptions().setDurable(true);

  @TempDir Path base = Path.of("");

  private Tmem start(Vertx vertx) {
    return Until.done(
        Tmem.start(
            vertx,
            new TmemOptions()
                .setName("n")
                .setDataFolder(base.resolve("n").toString())
                .setMemoryLimit(64 << 20)
                .setSwapFileSize(48L << 20)));
  }

  private static TmemException refused(Future<?> future) {
    return assertThrows(TmemException.class, () -> Until.done(future));
  }

  private static Buffer page(long number) {
    byte[] bytes = new byte[4096];
    new Random(number).nextBytes(number % 3 == 0 ? bytes : new byte[0]);
    ByteBuffer.wrap(bytes).putLong(number).putLong(number / 2);
    return Buffer.buffer(bytes);
  }

  private static JsonObject stats(Tmem tmem) {
    return Until.done(tmem.admin("stats", new JsonObject()));
  }

  @Test
  void whatWasAcknowledgedIsThereAfterARestartAndWhatWasInvalidatedIsNot(Vertx vertx) {
    Tmem tmem = start(vertx);
    SwapArea area = Until.done(tmem.swapOn("a", DURABLE));
    SwapArea other = Until.done(tmem.swapOn("other", new SwapAreaOptions()));
    for (int i = 0; i < 200; i++) {
      Until.done(area.store(i, page(i)));
      Until.done(other.store(i, page(i)));
    }
    for (int i = 0; i < 200; i += 4) {
      Until.done(area.invalidatePage(i));
    }
    for (int i = 1; i < 200; i += 4) {
      Until.done(area.store(i, page(1000 + i)));
    }
    Until.done(area.store(500, Buffer.buffer(new byte[4096])));
    Until.done(area.store(501, Buffer.buffer("short")));
    int number = Until.done(tmem.admin("areas", new JsonObject())).encode().length();
    assertTrue(number > 0);
    Until.done(tmem.close());

    tmem = start(vertx);
    assertEquals(ErrorCode.UNKNOWN_AREA, refused(tmem.area("other")).code());
    assertEquals(
        ErrorCode.OPTIONS_MISMATCH, refused(tmem.swapOn("a", new SwapAreaOptions())).code());
    area = Until.done(tmem.swapOn("a", DURABLE));
    for (int i = 0; i < 200; i++) {
      Buffer expected = i % 4 == 0 ? null : i % 4 == 1 ? page(1000 + i) : page(i);
      assertEquals(expected, Until.done(area.load(i)), "page " + i);
    }
    assertEquals(Buffer.buffer(new byte[4096]), Until.done(area.load(500)));
    assertEquals(Buffer.buffer("short"), Until.done(area.load(501)));
    assertEquals(152, Until.done(area.pages()));
    JsonObject check = Until.done(tmem.admin("check", new JsonObject()));
    assertTrue(check.getJsonArray("problems", new JsonArray()).isEmpty(), check.encode());
    Until.done(area.store(1, page(7)));
    Until.done(area.invalidatePage(2));
    Until.done(tmem.close());

    tmem = start(vertx);
    area = Until.done(tmem.area("a"));
    assertEquals(page(7), Until.done(area.load(1)));
    assertNull(Until.done(area.load(2)));
    assertTrue(area.options().isDurable());
    Until.done(tmem.close());
  }

  @Test
  void anAreaThatIsSwappedOffStaysDropped(Vertx vertx) {
    Tmem tmem = start(vertx);
    SwapArea area = Until.done(tmem.swapOn("a", DURABLE));
    SwapArea kept =
        Until.done(tmem.swapOn("kept", new SwapAreaOptions(DURABLE).setFsync(Fsync.ALWAYS)));
    Until.done(area.store(1, page(1)));
    Until.done(kept.store(1, page(2)));
    Until.done(area.swapOff());
    area = Until.done(tmem.swapOn("a", DURABLE));
    assertNull(Until.done(area.load(1)));
    Until.done(area.store(2, page(3)));
    Until.done(tmem.close());

    tmem = start(vertx);
    area = Until.done(tmem.area("a"));
    assertNull(Until.done(area.load(1)));
    assertEquals(page(3), Until.done(area.load(2)));
    assertEquals(page(2), Until.done(Until.done(tmem.area("kept")).load(1)));
    assertEquals(Fsync.ALWAYS, Until.done(tmem.area("kept")).options().getFsync());
    Until.done(area.swapOff());
    Until.done(tmem.close());

    tmem = start(vertx);
    assertEquals(ErrorCode.UNKNOWN_AREA, refused(tmem.area("a")).code());
    assertEquals(page(2), Until.done(Until.done(tmem.area("kept")).load(1)));
    Until.done(tmem.close());
  }

  @Test
  void batchesTakesAndTheWholeAreaAreOnRecord(Vertx vertx) {
    Tmem tmem = start(vertx);
    SwapArea area = Until.done(tmem.swapOn("a", DURABLE));
    long[] offsets = LongStream.range(0, 3000).toArray();
    List<Buffer> pages = new ArrayList<>();
    for (long offset : offsets) {
      pages.add(page(offset));
    }
    Until.done(area.storeAll(offsets, pages));
    Taken taken = Objects.requireNonNull(Until.done(area.take(5)));
    assertTrue(Until.done(taken.commit()));
    assertTrue(Until.done(taken.commit()));
    Taken back = Objects.requireNonNull(Until.done(area.take(6)));
    assertTrue(Until.done(back.putBack()));
    Taken late = Objects.requireNonNull(Until.done(area.take(7)));
    Until.done(area.store(7, page(70)));
    assertFalse(Until.done(late.commit()));
    Until.done(area.invalidateAll(LongStream.range(1000, 2000).toArray()));
    assertFalse(area.storeNow(1, ByteBuffer.wrap(new byte[4096])));
    Until.done(area.flush());
    Until.done(tmem.close());

    tmem = start(vertx);
    area = Until.done(tmem.area("a"));
    assertEquals(1999, Until.done(area.pages()));
    assertNull(Until.done(area.load(5)));
    assertEquals(page(6), Until.done(area.load(6)));
    assertEquals(page(70), Until.done(area.load(7)));
    List<@Nullable Buffer> loaded =
        Until.done(area.loadAll(LongStream.range(2000, 3000).toArray()));
    for (int i = 0; i < 1000; i++) {
      assertEquals(page(2000 + i), loaded.get(i));
    }
    Until.done(area.invalidateArea());
    assertEquals(0, Until.done(area.pages()));
    Until.done(tmem.close());

    tmem = start(vertx);
    assertEquals(0, Until.done(Until.done(tmem.area("a")).pages()));
    Until.done(tmem.close());
  }

  @Test
  void whatKeepsDurableAreasIsNotTakenOut(Vertx vertx) {
    Tmem tmem = start(vertx);
    SwapArea area = Until.done(tmem.swapOn("a", DURABLE));
    Until.done(area.store(1, page(1)));
    assertEquals(ErrorCode.BACKEND_FAILED, refused(tmem.backends().deregister("swapfile")).code());
    assertEquals(page(1), Until.done(area.load(1)));
    assertTrue(stats(tmem).encode().contains("durable_areas"));
    Until.done(area.swapOff());
    Until.done(tmem.backends().deregister("swapfile"));
    TmemException none = refused(tmem.swapOn("b", DURABLE));
    assertEquals(ErrorCode.INVALID_OPTION, none.code());
    Until.done(tmem.close());
  }

  @Test
  void aDurableAreaDoesNotLoadExclusivelyAndNeedsTheSwapFile(Vertx vertx) {
    Tmem tmem = start(vertx);
    assertEquals(
        ErrorCode.INVALID_OPTION,
        refused(tmem.swapOn("a", new SwapAreaOptions(DURABLE).setExclusive(true))).code());
    assertEquals(
        ErrorCode.INVALID_OPTION,
        refused(tmem.swapOn("a", new SwapAreaOptions(DURABLE).setTiers(List.of("zram")))).code());
    SwapArea area = Until.done(tmem.swapOn("a", DURABLE));
    Until.done(area.store(1, page(1)));
    Until.done(area.freeze());
    assertEquals(ErrorCode.FROZEN, refused(area.store(1, page(2))).code());
    assertNull(Until.done(area.load(1)));
    Until.done(tmem.close());
    tmem = start(vertx);
    assertNull(Until.done(Until.done(tmem.area("a")).load(1)));
    Until.done(tmem.close());
  }
}

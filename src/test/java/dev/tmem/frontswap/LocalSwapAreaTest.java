package dev.tmem.frontswap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.Taken;
import dev.tmem.Until;
import dev.tmem.backend.LossDomain;
import dev.tmem.dispatch.Pages;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.ThreadScheduler;
import dev.tmem.dispatch.TwinBackend;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A swap area in this process, over the real dispatcher, zram and a twin of a disk. */
@ExtendWith(VertxExtension.class)
class LocalSwapAreaTest {

  private final ThreadScheduler scheduler = new ThreadScheduler(2);
  private final TestNode node = new TestNode(scheduler, 16L << 20);
  private final TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, 10);

  @BeforeEach
  void register() {
    Until.done(node.dispatcher.register(node.zram));
    Until.done(node.dispatcher.register(disk));
  }

  @AfterEach
  void close() {
    Until.done(areas.endAll());
    scheduler.close();
    node.close();
  }

  private SwapArea open(SwapAreaOptions options) {
    SwapArea area = Until.done(areas.swapOn("a", options));
    assertNotNull(area);
    return area;
  }

  @Test
  void everyLengthOfPageComesBack() {
    for (int pageSize : new int[] {1024, 4096, 65_536}) {
      SwapArea area =
          Until.done(areas.swapOn("p" + pageSize, new SwapAreaOptions().setPageSize(pageSize)));
      int[] lengths = {1, 2, 7, 8, 9, 16, 1000, 1023, 1024, pageSize - 1, pageSize};
      for (int demoted = 0; demoted < 2; demoted++) {
        for (int i = 0; i < lengths.length; i++) {
          for (int version = 0; version < 8; version++) {
            byte[] page = Pages.of(1, i, version, lengths[i]);
            Until.done(area.store(i, Buffer.buffer(page)));
            if (demoted == 1) {
              Until.done(node.dispatcher.shrink("zram", 0));
            }
            Buffer loaded = Until.done(area.load(i));
            assertNotNull(loaded);
            assertArrayEquals(page, loaded.getBytes(), "length " + lengths[i] + "/" + version);
          }
        }
      }
    }
  }

  @Test
  void batchesKeepTheOrderAsked() {
    SwapArea area = open(new SwapAreaOptions());
    long[] offsets = new long[1000];
    List<Buffer> pages = new ArrayList<>();
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = (i * 7919L) % 10_007;
      pages.add(Buffer.buffer(Pages.of(1, offsets[i], 1, 4096)));
    }
    Until.done(area.storeAll(offsets, pages));
    Until.done(node.dispatcher.shrink("zram", 500));
    List<@Nullable Buffer> loaded = Until.done(area.loadAll(offsets));
    assertEquals(pages, loaded);
    long[] sorted = offsets.clone();
    Arrays.sort(sorted);
    assertArrayEquals(sorted, Until.done(area.offsets(0, 65_536)));
    assertArrayEquals(Arrays.copyOfRange(sorted, 10, 15), Until.done(area.offsets(sorted[10], 5)));
    Until.done(area.invalidateAll(Arrays.copyOf(offsets, 500)));
    assertEquals(500L, Until.done(area.pages()));
    assertNull(Until.done(area.loadAll(offsets)).get(0));
    Until.done(area.invalidateArea());
    assertEquals(0L, Until.done(area.pages()));
    assertEquals(0, disk.size());
  }

  @Test
  void aBufferMayBeReusedWhenTheCallHasReturned() {
    SwapArea area = open(new SwapAreaOptions());
    Buffer buffer = Buffer.buffer(new byte[4096]);
    for (int i = 0; i < 50; i++) {
      buffer.setBytes(0, Pages.of(1, i, 1, 4096));
      area.store(i, buffer);
    }
    for (int i = 0; i < 50; i++) {
      assertEquals(Buffer.buffer(Pages.of(1, i, 1, 4096)), Until.done(area.load(i)));
    }
  }

  @Test
  void everyKindOfByteBufferWillDo() {
    SwapArea area = open(new SwapAreaOptions());
    byte[] page = Pages.of(1, 1, 1, 4096);
    ByteBuffer heap = ByteBuffer.wrap(page);
    ByteBuffer direct =
        ByteBuffer.allocateDirect(5000).position(500).put(page).flip().position(500);
    for (ByteBuffer source : List.of(heap, heap.asReadOnlyBuffer(), direct, direct.slice())) {
      int position = source.position();
      assertTrue(area.storeNow(1, source));
      assertEquals(position, source.position());
      for (ByteBuffer into :
          List.of(ByteBuffer.allocate(4096), ByteBuffer.allocateDirect(6000).position(700))) {
        int at = into.position();
        assertEquals(4096, area.loadNow(1, into));
        assertEquals(at, into.position());
        byte[] found = new byte[4096];
        into.get(at, found);
        assertArrayEquals(page, found);
      }
    }
    assertEquals(SwapArea.ABSENT, area.loadNow(2, ByteBuffer.allocate(4096)));
    Until.done(node.dispatcher.shrink("zram", 0));
    assertEquals(SwapArea.ELSEWHERE, area.loadNow(1, ByteBuffer.allocate(4096)));
  }

  @Test
  void storeNowAndLoadNowAllocateNothing() {
    SwapArea area = open(new SwapAreaOptions());
    ByteBuffer[] pages = new ByteBuffer[64];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = ByteBuffer.allocateDirect(4096).put(Pages.of(1, i, 1, 4096)).flip();
    }
    ByteBuffer into = ByteBuffer.allocateDirect(4096);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long rounds = 0;
    long allocated = Long.MAX_VALUE;
    // What the compiler has not compiled yet may allocate, and on a busy machine it takes its time.
    long start = System.nanoTime();
    while (allocated >= 1 && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(Until.SECONDS)) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (rounds = 0; rounds < 20_000; rounds++) {
        int i = (int) (rounds & 63);
        assertTrue(area.storeNow(i, pages[i]));
        area.loadNow(i, into);
      }
      allocated = (threads.getCurrentThreadAllocatedBytes() - before) / (2 * rounds);
    }
    assertEquals(0, allocated, "bytes a call");
  }

  @Test
  void aTakenPageBelongsToTheTaker() {
    SwapArea area = open(new SwapAreaOptions());
    Until.done(area.store(1, Buffer.buffer("one")));
    Taken taken = Until.done(area.take(1));
    assertNotNull(taken);
    assertEquals("one", taken.page().toString());
    assertNull(Until.done(area.load(1)));
    assertTrue(Until.done(taken.commit()));
    assertFalse(Until.done(area.contains(1)));
    assertNull(Until.done(area.take(1)));
  }

  @Test
  void whatIsInRamIsDoneWhenTheCallReturns() {
    SwapArea area = open(new SwapAreaOptions());
    assertTrue(area.store(1, Buffer.buffer("one")).succeeded());
    assertTrue(area.load(1).succeeded());
    assertTrue(area.invalidatePage(1).succeeded());
  }

  @Test
  void whatHasToWaitCompletesOnTheCallersContext(Vertx vertx, VertxTestContext test) {
    SwapArea area = open(new SwapAreaOptions());
    Until.done(area.store(1, Buffer.buffer("one")));
    Until.done(node.dispatcher.shrink("zram", 0));
    disk.delayMillis = () -> 20;
    var context = vertx.getOrCreateContext();
    context.runOnContext(start ->
        area.load(1)
            .onComplete(
                test.succeeding(page ->
                    test.verify(() -> {
                      assertSame(context, Vertx.currentContext());
                      assertEquals("one", String.valueOf(page));
                      test.completeNow();
                    }))));
  }

  @Test
  void attachingAgainIsTheSameArea() {
    SwapArea first = open(new SwapAreaOptions());
    SwapArea second = open(new SwapAreaOptions());
    Until.done(first.store(1, Buffer.buffer("one")));
    assertEquals("one", String.valueOf(Until.done(second.load(1))));
    Until.done(first.close());
    assertEquals("one", String.valueOf(Until.done(second.load(1))));
  }
}

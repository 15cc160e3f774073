package dev.tmem.frontswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.backend.LossDomain;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.Pages;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.TwinBackend;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What frontswap, zram and ramzswap were found to do wrong, and areas do not. */
class KnownBugsTest {

  private final ManualScheduler scheduler = new ManualScheduler();
  private final TestNode node = new TestNode(scheduler, 8L << 20);
  private final TwinBackend disk = new TwinBackend("disk", 300, LossDomain.NODE, scheduler);
  private final SwapAreas areas = new SwapAreas(node.dispatcher, 10);

  @BeforeEach
  void register() {
    await(node.dispatcher.register(node.zram));
    await(node.dispatcher.register(disk));
  }

  @AfterEach
  void leavesNothing() {
    await(areas.endAll());
    scheduler.advance(60_000);
    assertEquals(0, node.zram.usage().usedBytes());
    assertEquals(0, disk.size());
    assertEquals(List.of(), node.dispatcher.spaces());
    node.close();
  }

  private <T extends @Nullable Object> T await(Future<T> future) {
    scheduler.until(future::isComplete);
    if (future.cause() instanceof RuntimeException error) {
      throw error;
    }
    return future.result();
  }

  private static Buffer page(long offset, int version) {
    return Buffer.buffer(Pages.of(1, offset, version, 4096));
  }

  /** The kernel's loop over a device ended one page early. */
  @Test
  void anAreaIsInvalidatedUpToItsLastOffset() {
    for (long maxPages : new long[] {1, 10, 1L << 48}) {
      SwapArea area = await(areas.swapOn("a", new SwapAreaOptions().setMaxPages(maxPages)));
      for (boolean demoted : new boolean[] {false, true}) {
        await(area.store(0, page(0, 1)));
        await(area.store(maxPages - 1, page(maxPages - 1, 2)));
        if (demoted) {
          await(node.dispatcher.shrink("zram", 0));
        }
        await(area.invalidateArea());
        assertFalse(await(area.contains(0)));
        assertFalse(await(area.contains(maxPages - 1)));
        assertNull(await(area.load(maxPages - 1)));
        assertEquals(0L, await(area.pages()));
        assertEquals(0, await(area.offsets(0, 10)).length);
      }
      await(area.store(maxPages - 1, page(maxPages - 1, 2)));
      assertEquals(1L, await(areas.swapOff("a")));
    }
  }

  /** zram kept the flag of a same-filled page when data came, and freed a value as a handle. */
  @Test
  void aSameFilledPageIsOverwrittenByDataAndBack() {
    SwapArea area = await(areas.swapOn("a", new SwapAreaOptions()));
    Buffer[] contents = {
      Buffer.buffer(new byte[4096]), page(1, 1), page(1, 3), page(1, 2), page(1, 10), page(1, 4)
    };
    for (boolean demoted : new boolean[] {false, true}) {
      for (Buffer first : contents) {
        for (Buffer second : contents) {
          await(area.store(1, first));
          if (demoted) {
            await(node.dispatcher.shrink("zram", 0));
          }
          await(area.store(1, second));
          assertEquals(second, await(area.load(1)));
          await(area.store(1, first));
          assertEquals(first, await(area.load(1)));
          assertEquals(List.of(), await(node.dispatcher.check()));
        }
      }
    }
    await(area.invalidatePage(1));
    assertEquals(0, node.dispatcher.spaces().get(0).counters().samePages());
  }

  /** cleancache kept the caller's pointer to a UUID, and went by what stood there later. */
  @Test
  void theCallersOptionsAndBuffersAreHisAgainWhenTheCallReturns() {
    disk.mood = TwinBackend.Mood.HANGING;
    SwapAreaOptions options = new SwapAreaOptions().setPageSize(8192).setMaxPages(7);
    Future<SwapArea> opening = areas.swapOn("a", options);
    assertFalse(opening.isComplete());
    options.setPageSize(1024).setMaxPages(1).setWritethrough(true).setExclusive(true);
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    SwapArea area = await(opening);
    SwapAreaOptions asked = new SwapAreaOptions().setPageSize(8192).setMaxPages(7);
    assertEquals(asked, area.options());
    SwapAreaOptions changed = area.options().setWritethrough(true);
    await(area.change(changed));
    changed.setWritethrough(false);
    area.options().setExclusive(true);
    assertEquals(asked.setWritethrough(true), area.options());
    Buffer page = page(1, 1);
    Future<Void> stored = area.store(1, page);
    page.setBytes(0, new byte[4096]);
    await(stored);
    assertEquals(page(1, 1), await(area.load(1)));
  }

  /** A pool that could not be made for a file system was destroyed all the same. */
  @Test
  void anAreaWhoseBackendCouldNotBeInitialisedEndsAsAnyOther() {
    disk.mood = TwinBackend.Mood.FAILING;
    SwapArea area = await(areas.swapOn("a", new SwapAreaOptions()));
    await(area.store(1, page(1, 1)));
    assertEquals(page(1, 1), await(area.load(1)));
    await(area.swapOff());
    assertTrue(disk.initialised.isEmpty());
    disk.mood = TwinBackend.Mood.WELL;
    SwapArea again = await(areas.swapOn("a", new SwapAreaOptions()));
    assertNull(await(again.load(1)));
  }
}

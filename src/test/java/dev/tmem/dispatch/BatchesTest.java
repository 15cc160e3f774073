package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Operations on many pages: in the order asked, whatever stripe, tier or state each page is in. */
class BatchesTest extends DispatchFixture {

  private PageSpace open() {
    register(node.zram, disk);
    return node.open("a", Protection.ANY);
  }

  private List<Future<@Nullable Loaded>> load(PageSpace space, long... offsets) {
    List<Future<@Nullable Loaded>> loads = space.loadAll(offsets);
    loads.forEach(this::await);
    return loads;
  }

  private static void assertPage(long offset, int version, Future<@Nullable Loaded> load) {
    Loaded loaded = load.result();
    assertNotNull(loaded, "page " + offset);
    assertArrayEquals(
        Pages.of(1, offset, version, 4096), Arrays.copyOf(loaded.bytes(), loaded.length()));
  }

  @Test
  void pagesComeInTheOrderAskedAlsoTwice() {
    PageSpace space = open();
    for (int i = 0; i < 600; i++) {
      store(space, i, 1);
    }
    long[] asked = new long[1_500];
    for (int i = 0; i < asked.length; i++) {
      asked[i] = i * 7L % 750;
    }
    List<Future<@Nullable Loaded>> loads = load(space, asked);
    for (int i = 0; i < asked.length; i++) {
      if (asked[i] < 600) {
        assertPage(asked[i], 1, loads.get(i));
      } else {
        assertNull(loads.get(i).result());
      }
    }
    assertEquals(300, space.counters().failedLoads.sum());
  }

  @Test
  void moreOfOneStripeThanIsDoneInOneGo() {
    PageSpace space = open();
    int stripe = PageSpace.stripeIndex(0);
    long[] same =
        LongStream.range(0, 100_000)
            .filter(offset -> PageSpace.stripeIndex(offset) == stripe)
            .limit(3L * Batches.MAX_PAGES_LOCKED + 1)
            .toArray();
    for (long offset : same) {
      store(space, offset, 1);
    }
    List<Future<@Nullable Loaded>> loads = load(space, same);
    for (int i = 0; i < same.length; i++) {
      assertPage(same[i], 1, loads.get(i));
    }
    space.invalidateAll(same).forEach(done -> assertTrue(done.succeeded()));
    assertEquals(0, space.counters().pages());
  }

  @Test
  void whatLiesElsewhereIsAskedForAndFreedTogether() {
    PageSpace space = open();
    long[] all = LongStream.range(0, 100).toArray();
    for (long offset : all) {
      store(space, offset, 2);
    }
    demoteAll();
    long below = pagesIn(space, "disk");
    assertTrue(below > 50);
    AtomicInteger frees = new AtomicInteger();
    disk.onFree = frees::incrementAndGet;
    List<Future<@Nullable Loaded>> loads = load(space, all);
    for (int i = 0; i < all.length; i++) {
      assertPage(i, 2, loads.get(i));
    }
    assertEquals(below, disk.largestBatch.get());
    space.invalidateAll(all).forEach(done -> assertTrue(done.succeeded()));
    assertEquals(1, frees.get());
    assertEquals(0, disk.size());
  }

  @Test
  void aPageThatIsBeingStoredIsWaitedForAloneAndInItsTurn() {
    PageSpace space = open();
    store(space, 1, 1);
    store(space, 3, 1);
    space.modes().setWritethrough(true);
    disk.delayMillis = () -> 50;
    Future<Void> store = space.store(2, page(2, 5));
    assertFalse(store.isComplete());
    List<Future<@Nullable Loaded>> loads = space.loadAll(new long[] {1, 2, 3});
    assertPage(1, 1, loads.get(0));
    assertFalse(loads.get(1).isComplete());
    assertPage(3, 1, loads.get(2));
    List<Future<Void>> gone = space.invalidateAll(new long[] {2, 3});
    assertFalse(gone.get(0).isComplete());
    assertTrue(gone.get(1).succeeded());
    scheduler.advance(1_000);
    assertPage(2, 5, loads.get(1));
    assertTrue(gone.get(0).succeeded());
    assertAbsent(space, 2);
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
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

  private List<Future<Void>> storeAll(PageSpace space, int version, long... offsets) {
    List<ByteBuffer> pages =
        Arrays.stream(offsets).mapToObj(offset -> page(offset, version)).toList();
    List<Future<Void>> stores = space.storeAll(offsets, pages);
    stores.forEach(done -> scheduler.until(done::isComplete));
    return stores;
  }

  @Test
  void whatIsWrittenThroughGoesInOneCall() {
    PageSpace space = open();
    space.modes().setWritethrough(true);
    long[] all = LongStream.range(0, 300).toArray();
    storeAll(space, 1, all).forEach(done -> assertTrue(done.succeeded()));
    assertEquals(2, disk.puts.get(), "300 pages of at most 256 a call");
    assertEquals(300, disk.size());
    for (long offset : all) {
      assertPage(space, offset, 1);
    }
  }

  @Test
  void whatFindsNoRoomInRamGoesLowerInOneCall() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    long[] all = LongStream.range(0, 100).toArray();
    storeAll(space, 1, all).forEach(done -> assertTrue(done.succeeded()));
    assertEquals(1, disk.puts.get());
    storeAll(space, 2, all).forEach(done -> assertTrue(done.succeeded()));
    assertEquals(2, disk.puts.get());
    assertEquals(100, disk.size());
    for (long offset : all) {
      assertPage(space, offset, 2);
    }
  }

  @Test
  void whatEverybodyRefusesIsAbsentAndTheOthersAreKept() {
    register(peer, disk);
    PageSpace space = node.open("a", Protection.NONE);
    peer.capacity = 10;
    disk.capacity = 20;
    long[] all = LongStream.range(0, 50).toArray();
    List<Future<Void>> stores = storeAll(space, 1, all);
    int kept = 0;
    for (int i = 0; i < all.length; i++) {
      if (stores.get(i).succeeded()) {
        kept++;
        assertPage(space, i, 1);
      } else {
        assertTrue(stores.get(i).cause() instanceof TmemFullException);
        assertAbsent(space, i);
      }
    }
    assertEquals(30, kept);
    assertEquals(1, peer.puts.get());
    assertEquals(1, disk.puts.get());
  }

  @Test
  void ofTwoEntriesForOnePageTheSecondStays() {
    PageSpace space = open();
    space.modes().setWritethrough(true);
    List<Future<Void>> stores =
        space.storeAll(new long[] {1, 2, 1}, List.of(page(1, 1), page(2, 1), page(1, 2)));
    stores.forEach(done -> scheduler.until(done::isComplete));
    assertPage(space, 1, 2);
    assertPage(space, 2, 1);
    assertEquals(2, disk.size());
  }
}

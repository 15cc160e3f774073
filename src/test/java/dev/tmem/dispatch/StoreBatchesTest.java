package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Stores of many pages: their zpages lie in RAM for a while before slots name them. What may happen
 * to the pages, the area and the pool meanwhile happens here between two puts.
 */
class StoreBatchesTest extends DispatchFixture {

  private static final long[] ALL = LongStream.range(0, 100).toArray();
  private static final int MIDDLE = 50;

  private final FaultyRam ram = new FaultyRam(node.zram);

  private PageSpace open() {
    register(ram, disk);
    return node.open("a", Protection.ANY);
  }

  private List<Future<Void>> storeAll(PageSpace space, int version, long... offsets) {
    List<ByteBuffer> pages =
        Arrays.stream(offsets).mapToObj(offset -> page(offset, version)).toList();
    List<Future<Void>> stores = space.storeAll(offsets, pages);
    stores.forEach(done -> scheduler.until(done::isComplete));
    return stores;
  }

  private void assertAll(PageSpace space, int version) {
    for (long offset : ALL) {
      assertPage(space, offset, version);
    }
  }

  /** Does something once, before the put in the middle of the next batch. */
  private void inTheMiddle(Runnable action) {
    AtomicInteger puts = new AtomicInteger();
    ram.onPut =
        () -> {
          if (puts.incrementAndGet() == MIDDLE) {
            action.run();
          }
        };
  }

  private void assertNothingInRam() {
    assertEquals(0L, node.zram.counters().get("compr_data_size"));
  }

  @Test
  void zpagesArePutWithNoLockHeld() {
    AtomicInteger puts = new AtomicInteger();
    AtomicInteger locked = new AtomicInteger();
    ram.onPut =
        () -> {
          puts.incrementAndGet();
          locked.addAndGet(LocksHeld.any(node.dispatcher) ? 1 : 0);
        };
    PageSpace space = open();
    storeAll(space, 1, ALL).forEach(done -> assertTrue(done.succeeded()));
    assertEquals(ALL.length, puts.get());
    assertEquals(0, locked.get());
    assertAll(space, 1);
    assertEquals(ALL.length, space.counters().stores());
  }

  @Test
  void moreThanGoAheadAtOnceAndOneStripeMoreThanOnce() {
    PageSpace space = open();
    long[] many = LongStream.range(0, Batches.MAX_PAGES_AHEAD * 2L + 7).toArray();
    storeAll(space, 1, many).forEach(done -> assertTrue(done.succeeded()));
    for (long offset : many) {
      assertPage(space, offset, 1);
    }
    int stripe = PageSpace.stripeIndex(0);
    long[] same =
        LongStream.range(0, 100_000)
            .filter(offset -> PageSpace.stripeIndex(offset) == stripe)
            .limit(3L * Batches.MAX_PAGES_LOCKED + 1)
            .toArray();
    storeAll(space, 2, same).forEach(done -> assertTrue(done.succeeded()));
    for (long offset : same) {
      assertPage(space, offset, 2);
    }
  }

  @Test
  void ofTwoEntriesForOnePageTheSecondStays() {
    PageSpace space = open();
    List<ByteBuffer> pages = List.of(page(1, 1), page(2, 1), page(1, 2), page(1, 3));
    space.storeAll(new long[] {1, 2, 1, 1}, pages).forEach(done -> assertTrue(done.succeeded()));
    assertPage(space, 1, 3);
    assertPage(space, 2, 1);
    assertEquals(2, space.counters().pages());
  }

  @Test
  void theSecondStaysAlsoWhenTheFirstIsInRamAndTheOtherGoesTheLongWay() {
    PageSpace space = open();
    AtomicInteger puts = new AtomicInteger();
    ram.onPut =
        () -> {
          if (puts.incrementAndGet() > 2) {
            throw new IllegalStateException("no more");
          }
        };
    List<ByteBuffer> pages = List.of(page(1, 1), page(2, 1), page(1, 2));
    List<Future<Void>> stores = space.storeAll(new long[] {1, 2, 1}, pages);
    stores.forEach(done -> scheduler.until(done::isComplete));
    stores.forEach(done -> assertTrue(done.succeeded()));
    ram.onPut = () -> {};
    assertPage(space, 1, 2);
    assertPage(space, 2, 1);
  }

  @Test
  void olderCopiesElsewhereAreFreedTogether() {
    PageSpace space = open();
    storeAll(space, 1, ALL);
    demoteAll();
    long below = pagesIn(space, "disk");
    assertTrue(below > 50);
    AtomicInteger frees = new AtomicInteger();
    disk.onFree = frees::incrementAndGet;
    storeAll(space, 2, ALL).forEach(done -> assertTrue(done.succeeded()));
    scheduler.advance(1_000);
    assertEquals(1, frees.get());
    assertEquals(0, disk.size());
    assertAll(space, 2);
  }

  @Test
  void whatIsInvalidatedOrStoredMeanwhileComesFirst() {
    PageSpace space = open();
    storeAll(space, 1, ALL);
    List<Future<Void>> meanwhile = new ArrayList<>();
    inTheMiddle(() -> {
      meanwhile.add(space.invalidate(3));
      meanwhile.add(space.store(4, page(4, 9)));
      meanwhile.add(space.invalidate(80));
    });
    storeAll(space, 2, ALL).forEach(done -> assertTrue(done.succeeded()));
    assertEquals(3, meanwhile.stream().filter(Future::succeeded).count());
    assertAll(space, 2);
  }

  @Test
  void whatIsLoadedMeanwhileIsWhatWasThere() {
    PageSpace space = open();
    storeAll(space, 1, ALL);
    List<Future<@Nullable Loaded>> loads = new ArrayList<>();
    inTheMiddle(() -> loads.addAll(space.loadAll(ALL)));
    storeAll(space, 2, ALL);
    for (long offset : ALL) {
      Loaded loaded = loads.get((int) offset).result();
      assertNotNull(loaded);
      assertEquals(page(offset, 1), ByteBuffer.wrap(loaded.bytes(), 0, loaded.length()));
    }
    assertAll(space, 2);
  }

  @Test
  void aPageThatIsBeingStoredIsWaitedFor() {
    PageSpace space = open();
    disk.delayMillis = () -> 50;
    List<Future<Void>> slow = new ArrayList<>();
    inTheMiddle(() -> {
      space.modes().setWritethrough(true);
      slow.add(space.store(5, page(5, 9)));
      space.modes().setWritethrough(false);
    });
    List<ByteBuffer> pages = Arrays.stream(ALL).mapToObj(offset -> page(offset, 2)).toList();
    List<Future<Void>> stores = space.storeAll(ALL, pages);
    assertFalse(stores.get(5).isComplete());
    assertTrue(stores.get(6).isComplete());
    scheduler.advance(1_000);
    assertTrue(slow.get(0).succeeded());
    stores.forEach(done -> assertTrue(done.succeeded()));
    assertAll(space, 2);
  }

  @Test
  void writethroughThatIsSwitchedOnMeanwhileHoldsForWhatHasNoSlotYet() {
    PageSpace space = open();
    inTheMiddle(() -> space.modes().setWritethrough(true));
    storeAll(space, 1, ALL).forEach(done -> assertTrue(done.succeeded()));
    assertEquals(ALL.length, disk.size());
    assertAll(space, 1);
  }

  @Test
  void whatIsFrozenMeanwhileIsAbsentAndTheStoreSaysSo() {
    PageSpace space = open();
    storeAll(space, 1, ALL);
    inTheMiddle(() -> space.modes().setFrozen(true));
    for (Future<Void> store : storeAll(space, 2, ALL)) {
      assertEquals(ErrorCode.FROZEN, ((TmemException) store.cause()).code());
    }
    assertEquals(0, space.counters().pages());
    assertNothingInRam();
  }

  @Test
  void anAreaThatIsClosedMeanwhileKeepsNothing() {
    PageSpace space = open();
    storeAll(space, 1, ALL);
    AtomicBoolean closed = new AtomicBoolean();
    inTheMiddle(() -> node.dispatcher.close(space).onSuccess(done -> closed.set(true)));
    for (Future<Void> store : storeAll(space, 2, ALL)) {
      assertEquals(ErrorCode.AREA_CLOSED, ((TmemException) store.cause()).code());
    }
    scheduler.until(closed::get);
    assertNothingInRam();
    assertEquals(0, disk.size());
  }

  @Test
  void aPoolThatIsTakenOutMeanwhileLosesNoPage() {
    PageSpace space = open();
    List<Future<Void>> gone = new ArrayList<>();
    AtomicBoolean isGone = new AtomicBoolean(true);
    inTheMiddle(() -> {
      gone.add(node.dispatcher.deregister("zram"));
      scheduler.advance(120_000);
      isGone.set(gone.get(0).isComplete());
    });
    storeAll(space, 1, ALL).forEach(done -> assertTrue(done.succeeded()));
    assertFalse(isGone.get(), "zpages lay there that no slot named");
    scheduler.until(() -> gone.get(0).isComplete());
    assertTrue(gone.get(0).succeeded());
    assertEquals(ALL.length, disk.size());
    assertAll(space, 1);
  }

  @Test
  void aBatchThatBreaksOffLeavesNothingBehind() {
    PageSpace space = open();
    List<ByteBuffer> tooFew = List.of(page(0, 1), page(1, 1));
    assertThrows(
        IndexOutOfBoundsException.class, () -> space.storeAll(new long[] {0, 1, 2}, tooFew));
    assertNothingInRam();
    assertTrue(await(node.dispatcher.deregister("zram")) == null, "nothing is under way");
  }

  @Test
  void whatThePoolThrowsAtGoesLower() {
    PageSpace space = open();
    inTheMiddle(() -> ram.throwing = true);
    storeAll(space, 1, ALL).forEach(done -> assertTrue(done.succeeded()));
    ram.throwing = false;
    assertTrue(disk.size() > 0);
    assertAll(space, 1);
  }

  @Test
  void aFullPoolTakesWhatItCanAndTheRestGoesLower() {
    PageSpace space = open();
    long[] many = LongStream.range(0, 4_000).toArray();
    storeAll(space, 1, many).forEach(done -> assertTrue(done.succeeded()));
    assertTrue(disk.size() > 0);
    for (long offset : many) {
      assertPage(space, offset, 1);
    }
  }
}

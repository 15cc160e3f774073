package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Slot free notification: told of every version that is freed, late enough, soon, in order. */
class FreeListenerTest extends DispatchFixture {

  private static final ByteBuffer SMALL = ByteBuffer.wrap(Pages.of(1, 1, 3, 64));

  private PageSpace space;
  private Listening listening;
  private final List<String> heard = new ArrayList<>();
  private boolean lockHeld;
  private long missed;
  private int largest;

  @Override
  long memoryLimit() {
    return 48L << 20;
  }

  @BeforeEach
  void open() {
    register(node.zram, peer, disk);
    space = node.open("a", Protection.ANY);
    listening = space.onFreed(this::hear);
  }

  private void hear(FreedPages freed) {
    lockHeld |= LocksHeld.any(node.dispatcher);
    assertEquals(space.number(), freed.number());
    assertEquals("a", freed.area());
    for (int i = 0; i < freed.count(); i++) {
      heard.add(freed.offset(i) + "@" + freed.epoch(i));
      assertFree(freed.offset(i), freed.epoch(i));
    }
    missed += freed.missed();
    largest = Math.max(largest, freed.count());
  }

  /** That version of a page has no slot any more, taken out or not, and no copy in any tier. */
  private void assertFree(long offset, long epoch) {
    String version = offset + "@" + epoch;
    Stripe stripe = space.stripe(offset);
    stripe.lock.lock();
    try {
      long ref = stripe.slots.find(offset);
      assertTrue(
          ref < 0 || SlotWord.epoch(stripe.slots.word(ref)) != epoch,
          version + " has its slot still");
    } finally {
      stripe.lock.unlock();
    }
    for (TwinBackend twin : List.of(peer, disk)) {
      assertFalse(twin.has(space.key(offset), epoch), version + " is in " + twin.name() + " still");
    }
  }

  private String version(long offset) {
    return offset + "@" + await(space.epoch(offset));
  }

  /** What was freed by something is told within ten milliseconds, and nothing else. */
  private void tells(Runnable what, String... versions) {
    heard.clear();
    what.run();
    scheduler.advance(10);
    assertEquals(List.of(versions), heard);
    assertFalse(lockHeld, "told with a lock held");
  }

  @Test
  void everyWayInWhichAPageIsFreedIsTold() {
    store(space, 1, 1);
    String first = version(1);
    tells(() -> store(space, 1, 2), first);
    String second = version(1);
    tells(() -> await(space.invalidate(1)), second);
    tells(() -> await(space.invalidate(1)));
    store(space, 1, 3);
    String third = version(1);
    tells(this::demoteAll);
    tells(() -> assertPage(space, 1, 3));
    tells(() -> store(space, 1, 4), third);
    String fourth = version(1);
    Take take = take(space, 1);
    tells(() -> {});
    tells(() -> assertTrue(take.putBack()));
    Take again = take(space, 1);
    tells(() -> assertTrue(again.commit()), fourth);
    space.modes().setExclusive(true);
    store(space, 1, 5);
    String fifth = version(1);
    tells(() -> space.loadNow(1, ByteBuffer.allocate(4096), 0, 4096), fifth);
    space.modes().setExclusive(false);
    store(space, 1, 6);
    String sixth = version(1);
    tells(() -> await(space.invalidateAll()), sixth);
    store(space, 1, 7);
    String seventh = version(1);
    space.modes().setFrozen(true);
    tells(() -> assertTrue(space.store(1, page(1, 8)).failed()), seventh);
    space.modes().setFrozen(false);
    store(space, 2, 1);
    String neverLoaded = version(2);
    tells(() -> await(node.dispatcher.close(space)), neverLoaded);
    assertEquals(8, space.counters().snapshot().get("notify_free"));
  }

  @Test
  void whatABatchFreesIsTold() {
    long[] offsets = {1, 2, 3, 1};
    storeAll(offsets, 1, 1, 1, 2);
    assertEquals(1, space.counters().snapshot().get("notify_free"), "the page that is there twice");
    List<String> first = versions(1, 2, 3);
    tellsAll(() -> storeAll(offsets, 3, 3, 3, 4), first, 1);
    demoteAll();
    List<String> second = versions(1, 2, 3);
    tellsAll(() -> storeAll(new long[] {1, 2, 3}, 5, 5, 5), second, 0);
    List<String> third = versions(1, 2, 3);
    tellsAll(() -> invalidateAll(3, 9, 1, 2), third, 0);
    tellsAll(() -> invalidateAll(3, 9, 1, 2), List.of(), 0);
    space.modes().setWritethrough(true);
    storeAll(new long[] {1, 2, 3}, 6, 6, 6);
    assertEquals(3, disk.size());
    List<String> fourth = versions(1, 2, 3);
    tellsAll(() -> storeAll(new long[] {3, 2, 1}, 7, 7, 7), fourth, 0);
    List<String> fifth = versions(1, 2, 3);
    demoteAll();
    tellsAll(() -> invalidateAll(1, 2, 3), fifth, 0);
    assertEquals(0, peer.size() + disk.size());
  }

  /** These versions are told, and as many others as said. */
  private void tellsAll(Runnable what, List<String> versions, int others) {
    scheduler.advance(10);
    heard.clear();
    what.run();
    scheduler.advance(10);
    assertTrue(heard.containsAll(versions), heard + " are told, not all of " + versions);
    assertEquals(versions.size() + others, heard.stream().distinct().count(), heard.toString());
    assertEquals(versions.size() + others, heard.size(), heard.toString());
    assertFalse(lockHeld, "told with a lock held");
  }

  private List<String> versions(long... offsets) {
    return Arrays.stream(offsets).mapToObj(this::version).toList();
  }

  private void storeAll(long[] offsets, int... versions) {
    List<ByteBuffer> pages = new ArrayList<>();
    for (int i = 0; i < offsets.length; i++) {
      pages.add(page(offsets[i], versions[i]));
    }
    await(Future.all(space.storeAll(offsets, pages)));
  }

  private void invalidateAll(long... offsets) {
    await(Future.all(space.invalidateAll(offsets)));
  }

  @Test
  void aPageThatWasNeverAcceptedIsNotToldAsFreed() {
    space.modes().setWritethrough(true);
    disk.capacity = 0;
    tells(() -> assertThrows(TmemFullException.class, () -> store(space, 1, 1)));
    disk.capacity = Long.MAX_VALUE;
  }

  @Test
  void nothingIsToldWhenNobodyListens() {
    listening.close();
    listening.close();
    store(space, 1, 1);
    tells(() -> await(space.invalidate(1)));
    assertEquals(1, space.counters().snapshot().get("notify_free"));
  }

  @Test
  void manyPagesAreToldInBatches() {
    for (int i = 0; i < 100_000; i++) {
      assertTrue(space.storeNow(i, SMALL.duplicate()));
    }
    heard.clear();
    await(node.dispatcher.close(space));
    assertEquals(100_000, heard.size(), "all is told before the space has ended");
    assertEquals(100_000, heard.stream().distinct().count());
    assertEquals(0, missed);
    assertTrue(largest <= FreeNotes.MAX_BATCH, largest + " pages");
  }

  @Test
  void whatASlowListenerMissesIsCounted() {
    int pages = 70_000;
    for (int i = 0; i < pages; i++) {
      assertTrue(space.storeNow(i, SMALL.duplicate()));
    }
    heard.clear();
    // Time stands still, so nobody is told while all of them are freed.
    for (int i = 0; i < pages; i++) {
      assertTrue(space.invalidate(i).succeeded());
    }
    scheduler.advance(10);
    assertTrue(missed > 0 && heard.size() >= 60_000, heard.size() + " told");
    assertEquals(pages, heard.size() + missed);
    heard.clear();
    store(space, 1, 1);
    String version = version(1);
    missed = 0;
    tells(() -> await(space.invalidate(1)), version);
    assertEquals(0, missed);
  }

  @Test
  void aListenerThatActsOnTheEpochNeverHarmsANewerPage() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    // A listener's own store beside the area: the epoch of what it keeps for each page.
    Map<Long, Long> beside = new HashMap<>();
    Map<Long, Long> lastTold = new HashMap<>();
    space.onFreed(freed -> {
      for (int i = 0; i < freed.count(); i++) {
        long epoch = freed.epoch(i);
        Long before = lastTold.put(freed.offset(i), epoch);
        assertTrue(before == null || before < epoch, "in order; seed " + seed);
        beside.computeIfPresent(freed.offset(i), (offset, kept) -> kept > epoch ? kept : null);
      }
    });
    for (int i = 0; i < 5_000; i++) {
      long offset = random.nextInt(50);
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> {
          store(space, offset, i);
          beside.put(offset, await(space.epoch(offset)));
        }
        case 4, 5 -> await(space.invalidate(offset));
        case 6 -> scheduler.advance(random.nextInt(4));
        case 7 -> {
          if (random.nextInt(100) == 0) {
            demoteAll();
          }
        }
        default -> await(space.load(offset));
      }
    }
    scheduler.advance(20);
    Map<Long, Long> present = new HashMap<>();
    for (long offset = 0; offset < 50; offset++) {
      long epoch = await(space.epoch(offset));
      if (epoch != PageSpace.ABSENT) {
        present.put(offset, epoch);
      }
    }
    assertEquals(present, beside, "seed " + seed);
  }
}

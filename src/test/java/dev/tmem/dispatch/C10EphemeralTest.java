package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * C10, ephemeral pages: a put to a full pool drops the coldest one; persistent pages may evict
 * ephemeral ones, never the reverse.
 */
class C10EphemeralTest extends CacheFixture {

  private static final int MANY = 12_000;

  @Test
  void aPutToAFullPoolDropsTheColdest() {
    register(node.zram);
    CachePages cache = cache("c");
    PageSpace space = node.dispatcher.spaces().get(0);
    List<Integer> warm = new ArrayList<>();
    long failed = 0;
    for (int index = 0; index < MANY; index++) {
      put(cache, 1, index, 1);
      scheduler.settle();
      if (counter(space, "failed_puts") == failed) {
        assertHit(cache, 1, index, 1); // what was put just now is never what goes
      }
      failed = counter(space, "failed_puts");
      if (index < 100) {
        warm.add(index);
      }
      warm.removeIf(page -> cache.get(0, 1, page) == null);
    }
    long dropped = counter(space, "pages_dropped");
    assertTrue(dropped > MANY / 4, dropped + " dropped");
    // Now and then what was dropped made room for other sizes of zpages only.
    assertTrue(failed < MANY / 500, failed + " puts not kept");
    assertEquals(MANY, counter(space, "curr_pages") + dropped + failed);
    assertEquals(100, warm.size(), "pages that are used stay");
    assertTrue(node.memory.used() <= memoryLimit());
  }

  @Test
  void persistentPagesMakeEphemeralOnesGiveWay() {
    register(node.zram, disk);
    CachePages cache = cache("c");
    PageSpace ephemeral = node.dispatcher.spaces().get(0);
    for (int index = 0; index < MANY; index++) {
      put(cache, 1, index, 1);
    }
    long before = counter(ephemeral, "curr_pages");
    assertTrue(before > 500);
    PageSpace area = node.open("a", Protection.ANY);
    for (int offset = 0; offset < 500; offset++) {
      store(area, offset, 1);
    }
    assertTrue(counter(ephemeral, "curr_pages") < before);
    assertEquals(0, pagesIn(area, "disk"), "persistent pages demoted while ephemeral ones stay");
    int offset = 500;
    while (counter(ephemeral, "curr_pages") > 0) {
      store(area, offset++, 1);
    }
    for (int i = 0; i < offset; i++) {
      assertPage(area, i, 1);
    }
  }

  @Test
  void ephemeralPagesNeverTakeRoomFromPersistentOnes() {
    register(node.zram, disk);
    PageSpace area = node.open("a", Protection.ANY);
    int offset = 0;
    while (pagesIn(area, "disk") == 0) {
      store(area, offset++, 1);
    }
    scheduler.advance(1_000);
    long onDisk = pagesIn(area, "disk");
    CachePages cache = cache("c");
    PageSpace ephemeral = node.dispatcher.spaces().get(1);
    for (int index = 0; index < MANY; index++) {
      put(cache, 1, index, 1);
      assertTrue(cache.get(0, 1, index) != null || counter(ephemeral, "failed_puts") > 0);
    }
    scheduler.advance(10_000);
    assertEquals(onDisk, pagesIn(area, "disk"), "pages demoted for ephemeral ones");
    for (int i = 0; i < offset; i++) {
      assertPage(area, i, 1);
    }
  }

  @Test
  void withEveryTierFullEphemeralPagesGoAndPersistentOnesFillTheRoom() {
    register(node.zram);
    CachePages cache = cache("c");
    PageSpace ephemeral = node.dispatcher.spaces().get(0);
    for (int index = 0; index < MANY; index++) {
      put(cache, 1, index, 1);
    }
    PageSpace area = node.open("a", Protection.ANY);
    int stored = 0;
    while (true) {
      var store = area.store(stored, page(stored, 1));
      scheduler.until(store::isComplete);
      if (store.failed()) {
        break;
      }
      stored++;
    }
    assertEquals(0, counter(ephemeral, "curr_pages"), "a store was refused before they were gone");
    for (int i = 0; i < stored; i++) {
      assertPage(area, i, 1);
    }
    for (int index = 0; index < 200; index++) {
      put(cache, 1, index, 1);
    }
    assertTrue(counter(ephemeral, "failed_puts") > 0);
    for (int i = 0; i < stored; i++) {
      assertPage(area, i, 1);
    }
  }

  @Test
  void aRamBackendIsShrunkAndTakenOutWithoutThem() {
    register(node.zram, disk);
    CachePages cache = cache("c");
    PageSpace ephemeral = node.dispatcher.spaces().get(0);
    PageSpace area = node.open("a", Protection.ANY);
    for (int index = 0; index < 200; index++) {
      put(cache, 1, index, index);
      store(area, index, 1);
    }
    long inRam = ephemeral.counters().primaryPages(0) + area.counters().primaryPages(0);
    assertEquals(100L, await(node.dispatcher.shrink("zram", inRam - 100)));
    assertEquals(0, pagesIn(area, "disk"));
    await(node.dispatcher.deregister("zram"));
    assertEquals(0, ephemeral.counters().primaryPages(0));
    assertEquals(200, pagesIn(area, "disk"));
    put(cache, 1, 1, 1);
    assertMiss(cache, 1, 1);
  }
}

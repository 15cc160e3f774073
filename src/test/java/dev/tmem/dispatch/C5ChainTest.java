package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import dev.tmem.backend.LossDomain;
import java.util.List;
import org.junit.jupiter.api.Test;

/** C5: backends are tried in tier order, and the first to accept becomes the page's place. */
class C5ChainTest extends DispatchFixture {

  @Test
  void theOrderIsByTierAndTheNewestFirstAmongEquals() {
    TwinBackend older = new TwinBackend("older", 300, LossDomain.NODE, scheduler);
    register(older, disk, node.zram, peer);
    assertEquals(
        List.of("zram", "peer", "disk", "older"),
        node.dispatcher.backendInfos().stream().map(info -> info.name()).toList());
  }

  @Test
  void whatOneRefusesTheNextGets() {
    register(node.zram, peer, disk);
    PageSpace space = node.open("a", Protection.NONE);
    peer.capacity = 10;
    for (int i = 0; i < 100; i++) {
      store(space, i, 1);
    }
    demoteAll();
    assertEquals(10, pagesIn(space, "peer"));
    assertEquals(90 - pagesIn(space, "zram"), pagesIn(space, "disk"));
    for (int i = 0; i < 100; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void aBackendThatThrowsOrFailsIsPassedOver() {
    register(node.zram, peer, disk);
    PageSpace space = node.open("a", Protection.ANY);
    for (var mood : List.of(TwinBackend.Mood.THROWING, TwinBackend.Mood.FAILING)) {
      peer.mood = mood;
      store(space, 1, 1);
      demoteAll();
      assertEquals(1, pagesIn(space, "disk"));
      assertPage(space, 1, 1);
    }
  }

  @Test
  void aPageThatRamNeverHasRoomForGoesDownTheChain() {
    register(node.zram, peer, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    demoteAll();
    node.memory.setLimit(1);
    store(space, 1, 2);
    assertEquals(0, pagesIn(space, "zram"));
    assertPage(space, 1, 2);
    node.memory.setLimit(memoryLimit());
  }

  @Test
  void theColdestGoDownNotTheNewest() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    int pages = 4_000;
    for (int i = 0; i < pages; i++) {
      store(space, i, 1);
    }
    scheduler.advance(10_000);
    long inRam = pagesIn(space, "zram");
    int newestInRam = 0;
    for (int i = pages - 100; i < pages; i++) {
      if (space.loadNow(i, java.nio.ByteBuffer.allocate(4096), 0, 4096) > 0) {
        newestInRam++;
      }
    }
    assertEquals(pages, inRam + pagesIn(space, "disk"));
    assertEquals(100, newestInRam, "of " + inRam + " pages in RAM");
  }

  @Test
  void withEveryTierFullAStoreFailsAndLoadsGoOn() {
    register(node.zram, peer, disk);
    PageSpace space = node.open("a", Protection.ANY);
    peer.capacity = 0;
    disk.capacity = 0;
    int stored = 0;
    TmemFullException full = null;
    while (full == null) {
      long before = scheduler.nanoTime();
      try {
        store(space, stored, 1);
        stored++;
      } catch (TmemFullException e) {
        full = e;
        assertEquals(0, (scheduler.nanoTime() - before) / 1_000_000_000, "within a second");
      }
    }
    for (int i = 0; i < stored; i++) {
      assertPage(space, i, 1);
    }
    await(space.invalidate(0));
    assertAbsent(space, 0);
    assertEquals(1, space.counters().failedStores.sum());
  }
}

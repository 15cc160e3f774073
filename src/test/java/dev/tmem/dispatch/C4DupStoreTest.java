package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tmem.Protection;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C4: a store over a page that is present kills the old copy in every backend. */
class C4DupStoreTest extends DispatchFixture {

  private PageSpace space;

  @BeforeEach
  void open() {
    register(node.zram, peer, disk);
    space = node.open("a", Protection.ANY);
  }

  @Test
  void theOldCopiesInEveryTierAreFreed() {
    for (int i = 0; i < 50; i++) {
      store(space, i, 1);
    }
    demoteAll();
    // Loaded twice, pages come back to RAM and keep their lower copies.
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 25; i++) {
        assertPage(space, i, 1);
      }
    }
    for (int i = 0; i < 50; i++) {
      store(space, i, 2);
    }
    scheduler.advance(1_000);
    assertEquals(0, peer.size(), "no old copy at the peer");
    assertEquals(0, disk.size(), "no old copy on disk");
    for (int i = 0; i < 50; i++) {
      assertPage(space, i, 2);
    }
    assertEquals(50, space.counters().pages());
    assertEquals(0, space.counters().invalidates.sum(), "an overwrite is not an invalidate");
  }

  @Test
  void sameFilledPagesAndDataTakeTurns() {
    ByteBuffer zeroes = ByteBuffer.allocate(4096);
    for (int i = 0; i < 4; i++) {
      await(space.store(1, zeroes.duplicate()));
      assertEquals(1, space.counters().samePages());
      assertEquals(0, load(space, 1)[4095]);
      store(space, 1, 1);
      assertEquals(0, space.counters().samePages());
      assertPage(space, 1, 1);
    }
  }

  @Test
  void storeNowLeavesAPageWithLowerCopiesToStore() {
    store(space, 1, 1);
    demoteAll();
    assertFalse(space.storeNow(1, page(1, 2)), "freeing at the peer is not for RAM alone");
    assertPage(space, 1, 1);
    store(space, 1, 2);
    assertPage(space, 1, 2);
  }

  @Test
  void aPageIsChargedOnce() {
    for (int version = 1; version < 10; version++) {
      store(space, 7, version);
      if (version % 3 == 0) {
        demoteAll();
      }
      assertEquals(1, space.counters().pages());
    }
  }
}

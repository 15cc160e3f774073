package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.Protection;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** C9: what is not used is given back, and what is there can be used. */
class C9MemoryTest extends DispatchFixture {

  @Test
  void aClosedAreaLeavesNoPageTableBehind() {
    register(node.zram, peer, disk);
    for (int round = 0; round < 3; round++) {
      PageSpace space = node.open("a", Protection.ANY);
      for (int i = 0; i < 500; i++) {
        store(space, i, 1);
      }
      demoteAll();
      await(node.dispatcher.close(space));
      scheduler.advance(1_000);
      assertEquals(0, node.dispatcher.blocks().usedBytes(), "round " + round);
    }
  }

  @Test
  void roomOfTheWrongSizesIsMadeUsableAgainAndAgain() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    for (int round = 0; round < 4; round++) {
      int small = fill(space, 900);
      for (int i = 0; i < small; i++) {
        if (i % 4 != 0) {
          await(space.invalidate(i));
        }
      }
      scheduler.advance(1_000);
      await(space.store(1_000_000, noise(1, 2_900)));
      await(space.invalidateAll());
      scheduler.advance(1_000);
    }
  }

  /** Stores pages of that many bytes until there is no room; returns their number. */
  private int fill(PageSpace space, int length) {
    int stored = 0;
    while (space.storeNow(stored, noise(stored, length))) {
      stored++;
    }
    return stored;
  }

  private static ByteBuffer noise(long seed, int length) {
    byte[] bytes = new byte[length];
    new java.util.Random(seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }
}

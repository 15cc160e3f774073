package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Incompressible;
import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import dev.tmem.TmemOptions;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What is kept compressed, and where the rest goes. */
class ZpagePolicyTest extends DispatchFixture {

  private static ByteBuffer noise(long seed, int length) {
    return ByteBuffer.wrap(HardPages.noise(seed, length));
  }

  private void policy(int maxZpage, Incompressible incompressible) {
    node.dispatcher.upkeep().setPolicy(maxZpage, incompressible);
  }

  @Test
  void keepKeepsInRam() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    assertTrue(space.storeNow(1, noise(1, 4096)));
    assertEquals(1, pagesIn(space, "zram"));
  }

  @Test
  void forwardGoesStraightBelow() {
    register(node.zram, disk);
    policy(73, Incompressible.FORWARD);
    PageSpace space = node.open("a", Protection.ANY);
    assertFalse(space.storeNow(1, noise(1, 4096)));
    assertAbsent(space, 1);
    await(space.store(1, noise(1, 4096)));
    assertEquals(1, pagesIn(space, "disk"));
    assertEquals(0, pagesIn(space, "zram"));
    assertEquals(1, space.numbers().get("bdev_num_writes"));
    assertEquals(1, space.numbers().get("huge_pages_since"));
    assertEquals(0, space.numbers().get("huge_pages"));
    for (int i = 0; i < 5; i++) {
      assertArrayEquals(HardPages.noise(1, 4096), load(space, 1));
    }
    assertTrue(space.storeNow(2, ByteBuffer.wrap(HardPages.text(2, 4096))));
    assertEquals(1, pagesIn(space, "zram"));
  }

  @Test
  void aForwardedPageReplacesTheOlderOneEverywhere() {
    register(node.zram, disk);
    policy(73, Incompressible.FORWARD);
    PageSpace space = node.open("a", Protection.ANY);
    await(space.store(1, ByteBuffer.wrap(HardPages.text(1, 4096))));
    await(space.store(1, noise(2, 4096)));
    assertEquals(0, node.zram.usage().usedBytes());
    assertArrayEquals(HardPages.noise(2, 4096), load(space, 1));
    await(space.store(1, ByteBuffer.wrap(HardPages.text(3, 4096))));
    scheduler.advance(1_000);
    assertEquals(0, disk.size());
    assertArrayEquals(HardPages.text(3, 4096), load(space, 1));
  }

  @Test
  void whatNobodyBelowTakesIsKeptRawBeforeAnyError() {
    register(node.zram, disk);
    policy(73, Incompressible.FORWARD);
    disk.capacity = 1;
    PageSpace space = node.open("a", Protection.ANY);
    await(space.store(1, noise(1, 4096)));
    await(space.store(2, noise(2, 4096)));
    disk.mood = TwinBackend.Mood.FAILING;
    await(space.store(3, noise(3, 4096)));
    assertEquals(1, pagesIn(space, "disk"));
    assertEquals(2, pagesIn(space, "zram"));
    int stored = 3;
    while (stored < 10_000) {
      try {
        await(space.store(stored + 1, noise(stored + 1, 4096)));
        stored++;
      } catch (TmemFullException full) {
        break;
      }
    }
    assertTrue(stored > 500 && stored < 10_000, stored + " pages");
    assertAbsent(space, stored + 1);
    disk.mood = TwinBackend.Mood.WELL;
    for (int i = 1; i <= stored; i++) {
      assertArrayEquals(HardPages.noise(i, 4096), load(space, i));
    }
  }

  @Test
  void withoutALowerBackendForwardIsKeep() {
    register(node.zram);
    policy(73, Incompressible.FORWARD);
    PageSpace space = node.open("a", Protection.ANY);
    assertTrue(space.storeNow(1, noise(1, 4096)));
    assertEquals(1, pagesIn(space, "zram"));
  }

  @Test
  void aShortPageThatTakesNoMoreThanAZpageIsKept() {
    register(node.zram, disk);
    policy(73, Incompressible.FORWARD);
    PageSpace space = node.open("a", Protection.ANY);
    assertTrue(space.storeNow(1, noise(1, 100)));
    assertTrue(space.storeNow(2, noise(2, 2990)));
    assertFalse(space.storeNow(3, noise(3, 2991)));
    assertArrayEquals(HardPages.noise(1, 100), Arrays.copyOf(load(space, 1), 100));
  }

  @Test
  void maxZpageDecidesWhatIsKeptCompressed() {
    register(node.zram);
    PageSpace space = node.open("a", Protection.ANY);
    byte[] page = HardPages.text(1, 4096);
    System.arraycopy(HardPages.noise(1, 2000), 0, page, 0, 2000);
    policy(100, Incompressible.KEEP);
    await(space.store(1, ByteBuffer.wrap(page)));
    assertEquals(0, space.ram().hugePages());
    policy(50, Incompressible.KEEP);
    await(space.store(2, ByteBuffer.wrap(page)));
    assertEquals(1, space.ram().hugePages());
    policy(0, Incompressible.KEEP);
    await(space.store(3, ByteBuffer.wrap(HardPages.text(1, 4096))));
    assertEquals(2, space.ram().hugePages());
  }

  @Test
  void ramzswapsRuleFollowsTheChain() {
    policy(TmemOptions.RAMZSWAP_MAX_ZPAGE, Incompressible.KEEP);
    assertEquals(75, node.dispatcher.codec().maxStoredPercent());
    register(node.zram);
    assertEquals(75, node.dispatcher.codec().maxStoredPercent());
    register(disk);
    assertEquals(50, node.dispatcher.codec().maxStoredPercent());
    await(node.dispatcher.deregister("disk"));
    assertEquals(75, node.dispatcher.codec().maxStoredPercent());
    policy(60, Incompressible.KEEP);
    register(peer);
    assertEquals(60, node.dispatcher.codec().maxStoredPercent());
    assertThrows(IllegalArgumentException.class, () -> policy(101, Incompressible.KEEP));
  }
}

package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockPoolTest {

  private static final int SPAN = RegionPool.SPAN_BYTES;

  private final MemoryAccount account = new MemoryAccount(64L * SPAN);
  private final RegionPool regions = new RegionPool(account);
  private final BlockPool pool = new BlockPool(regions);

  @AfterEach
  void close() {
    regions.close();
  }

  private static int bytes(boolean large) {
    return large ? BlockPool.LARGE_BYTES : BlockPool.SMALL_BYTES;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyByteOfASpanIsHandedOutOnce(boolean large) {
    int count = 3 * SPAN / bytes(large);
    Set<Long> addresses = new HashSet<>();
    for (int i = 0; i < count; i++) {
      long address = BlockPool.address(pool.allocate(large));
      assertEquals(0, address % bytes(large));
      assertTrue(addresses.add(address));
    }
    assertEquals(3L * SPAN, account.used());
    assertEquals(3L * SPAN, pool.usedBytes());
    assertEquals(3L * SPAN, regions.tableBytes());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void blocksAreZeroAlsoWhenUsedAgain(boolean large) {
    int other = pool.allocate(large);
    for (int turn = 0; turn < 3; turn++) {
      int block = pool.allocate(large);
      long at = BlockPool.at(BlockPool.address(block));
      for (int i = 0; i < bytes(large); i += 8) {
        assertEquals(0, pool.memory(BlockPool.address(block)).get(SlotLayout.LONG, at + i));
        pool.memory(BlockPool.address(block)).set(SlotLayout.LONG, at + i, -1L);
      }
      pool.free(block, large);
    }
    pool.free(other, large);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneIdleSpanIsKeptWhileOthersAreUsed(boolean large) {
    int perSpan = SPAN / bytes(large);
    List<Integer> blocks = new ArrayList<>();
    for (int i = 0; i < 4 * perSpan; i++) {
      blocks.add(pool.allocate(large));
    }
    for (int i = 1; i < blocks.size(); i++) {
      pool.free(blocks.get(i), large);
    }
    assertEquals(2L * SPAN, account.used());
    pool.free(blocks.getFirst(), large);
    assertEquals(0, account.used());
  }

  @Test
  void fullAccountIsARefusal() {
    List<Integer> blocks = new ArrayList<>();
    for (int block = pool.allocate(true); block >= 0; block = pool.allocate(true)) {
      blocks.add(block);
    }
    assertEquals(64 * SPAN / BlockPool.LARGE_BYTES, blocks.size()); // to the limit itself
    assertEquals(-1, pool.allocate(false));
    blocks.forEach(block -> pool.free(block, true));
    assertEquals(0, account.used());
  }

  @Test
  void freeingWhatIsNotInUseIsRefused() {
    int small = pool.allocate(false);
    int large = pool.allocate(true);
    pool.allocate(true);
    pool.free(large, true);
    assertThrows(IllegalArgumentException.class, () -> pool.free(large, true));
    assertThrows(IllegalArgumentException.class, () -> pool.free(large + 9, true));
    assertThrows(IllegalArgumentException.class, () -> pool.free(small, true));
    assertThrows(IllegalArgumentException.class, () -> pool.free(Integer.MAX_VALUE, false));
    assertEquals(BlockPool.SMALL_BYTES + BlockPool.LARGE_BYTES, pool.usedBytes());
  }
}

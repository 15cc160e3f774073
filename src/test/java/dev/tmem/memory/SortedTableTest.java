package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SortedTableTest {

  private static final int MANY = 20_000;

  private final MemoryAccount account = new MemoryAccount(64L << 20);
  private final RegionPool regions = new RegionPool(account);
  private final BlockPool blocks = new BlockPool(regions);
  private final SortedTable table = new SortedTable(blocks);

  @AfterEach
  void close() {
    table.clear();
    assertEquals(0, account.used(), "memory that did not go back");
    regions.close();
  }

  @Test
  void emptyTableHasNoMemory() {
    assertEquals(-1, table.ceiling(Long.MIN_VALUE));
    assertEquals(0, table.blockBytes());
    assertEquals(0, account.used());
  }

  @Test
  void clearedTableIsUsedAgain() {
    for (int pairs : new int[] {PairLayout.SMALL_PAIRS, 2 * PairLayout.LARGE_PAIRS, 1}) {
      for (long key = 0; key < pairs; key++) {
        assertTrue(table.insert(key, ~key));
      }
      table.checkInvariants();
      table.clear();
      assertEquals(-1, table.ceiling(Long.MIN_VALUE));
      assertEquals(0, table.blockBytes());
    }
  }

  private double bytesPerPair(LongUnaryOperator keys) {
    for (long i = 0; i < MANY; i++) {
      assertTrue(table.insert(keys.applyAsLong(i), i));
    }
    table.checkInvariants();
    return (double) (table.blockBytes() + table.directoryBytes()) / MANY;
  }

  @Test
  void ascendingKeysFillTheirBlocks() {
    assertTrue(bytesPerPair(i -> i) < 16.5);
  }

  @Test
  void keysInAnyOrderLeaveLittleFree() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    double bytes = bytesPerPair(_ -> random.nextLong());
    assertTrue(bytes < 21, bytes + " bytes a pair, seed " + seed);
  }

  @Test
  void descendingKeysLeaveAThirdFree() {
    assertTrue(bytesPerPair(i -> -i) < 26);
  }

  @Test
  void sparseTableShrinks() {
    Random random = new Random(1);
    bytesPerPair(_ -> random.nextLong());
    long full = table.blockBytes();
    while (table.size() > MANY / 10) {
      long ref = table.ceiling(random.nextLong());
      if (ref >= 0) {
        table.remove(ref);
      }
    }
    table.checkInvariants();
    assertTrue(table.blockBytes() < full / 4, table.blockBytes() + " of " + full);
  }

  @Test
  void withoutMemoryAnInsertIsRefusedAndNothingElse() {
    int inserted = 0;
    account.setLimit(0);
    while (inserted < MANY && table.insert(inserted * 7919L % MANY, inserted)) {
      inserted++;
    }
    assertEquals(0, inserted);
    account.setLimit(RegionPool.SPAN_BYTES * 3L);
    while (inserted < MANY && table.insert(inserted * 7919L % MANY, inserted)) {
      inserted++;
    }
    assertTrue(inserted > 1_000 && inserted < MANY, inserted + " inserted");
    table.checkInvariants();
    assertEquals(inserted, table.size());
    for (int i = 0; i < inserted; i++) {
      assertEquals(i, table.value(table.ceiling(i * 7919L % MANY)));
    }
  }
}

package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random operations on the table and on a sorted map, compared after each step. */
class SortedTableTwinTest {

  /** Where keys come from; each gives a finite set, so that they meet again. */
  enum Keys {
    DENSE,
    STRIDED,
    SPARSE,
    NEGATIVE,
    HIGH;

    long key(long i) {
      return switch (this) {
        case DENSE -> i;
        case STRIDED -> i * 32_768;
        case SPARSE -> i * 0x9E37_79B9_7F4A_7C15L;
        case NEGATIVE -> -1 - i;
        case HIGH -> i << 43;
      };
    }
  }

  /** A growing and shrinking table; the share of inserts swings, so that both ends are reached. */
  @ParameterizedTest
  @EnumSource(Keys.class)
  void doesAsAMapDoes(Keys keys) {
    long seed = System.nanoTime();
    System.out.println("SortedTableTwinTest " + keys + " seed " + seed);
    Random random = new Random(seed);
    MemoryAccount account = new MemoryAccount(64 << 20);
    try (RegionPool regions = new RegionPool(account)) {
      SortedTable table = new SortedTable(new BlockPool(regions));
      TreeMap<Long, Long> twin = new TreeMap<>();
      for (int turn = 0; turn < 4; turn++) {
        int most = new int[] {40, 300, 2_000, 9_000}[turn];
        run(random, keys, table, twin, most, 70);
        run(random, keys, table, twin, most, 25);
        removeAll(table, twin);
        assertEquals(BlockPool.SMALL_BYTES, table.blockBytes(), "an emptied table, seed " + seed);
      }
      run(random, keys, table, twin, 500, 60);
      table.clear();
      assertEquals(0, account.used(), "seed " + seed);
    }
  }

  private static void run(
      Random random,
      Keys keys,
      SortedTable table,
      NavigableMap<Long, Long> twin,
      int most,
      int inserts) {
    for (int step = 0; step < most * 4; step++) {
      long key = keys.key(random.nextInt(most));
      long ref = table.ceiling(key);
      Map.Entry<Long, Long> expected = twin.ceilingEntry(key);
      assertEquals(expected != null, ref >= 0, "whether there is one from " + key + " on");
      boolean isThere = expected != null && expected.getKey() == key;
      if (expected != null) {
        assertEquals(expected.getKey(), table.key(ref));
        assertEquals(expected.getValue(), table.value(ref));
      }
      long value = random.nextLong();
      if (random.nextInt(100) < inserts) {
        if (isThere) {
          twin.remove(key);
          key = between(random, key, twin.lowerKey(key), twin.higherKey(key));
          table.set(ref, key, value);
        } else {
          assertTrue(table.insert(key, value));
        }
        twin.put(key, value);
      } else if (isThere) {
        table.remove(ref);
        twin.remove(key);
      }
      assertEquals(twin.size(), table.size());
      if (step % (1 + most / 50) == 0) {
        table.checkInvariants();
        compareAll(table, twin);
      }
    }
  }

  /** A key that can take the place of that one. */
  private static long between(
      Random random, long key, @Nullable Long lower, @Nullable Long higher) {
    if (random.nextBoolean()) {
      return key;
    }
    if (random.nextBoolean()) {
      return lower == null ? key : lower + 1;
    }
    return higher == null ? key : higher - 1;
  }

  private static void removeAll(SortedTable table, NavigableMap<Long, Long> twin) {
    for (long key : List.copyOf(twin.keySet())) {
      table.remove(table.ceiling(key));
      twin.remove(key);
    }
    table.checkInvariants();
    assertEquals(0, table.size());
  }

  private static void compareAll(SortedTable table, NavigableMap<Long, Long> twin) {
    TreeMap<Long, Long> seen = new TreeMap<>();
    for (long ref = table.ceiling(Long.MIN_VALUE); ref >= 0; ref = table.next(ref)) {
      seen.put(table.key(ref), table.value(ref));
    }
    assertEquals(twin, seen);
  }

  @Test
  void keepsTheEndsOfTheKeyRange() {
    try (RegionPool regions = new RegionPool(new MemoryAccount(64 << 20))) {
      SortedTable table = new SortedTable(new BlockPool(regions));
      for (long key : new long[] {0, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertTrue(table.insert(key, ~key));
        table.checkInvariants();
        assertEquals(~key, table.value(table.ceiling(key)));
      }
      long ref = table.ceiling(Long.MIN_VALUE);
      for (long key : new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE}) {
        assertEquals(key, table.key(ref));
        ref = table.next(ref);
      }
      assertEquals(-1, ref);
    }
  }
}

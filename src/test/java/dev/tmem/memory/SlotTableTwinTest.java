package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random operations on the table and on a map, compared after each step. */
class SlotTableTwinTest {

  /** Where keys come from; each gives a finite set, so that they meet again. */
  enum Keys {
    DENSE,
    STRIDED,
    SPARSE,
    NEGATIVE,
    HIGH,
    CLUSTERED;

    long key(long i) {
      return switch (this) {
        case DENSE -> i;
        case STRIDED -> i * 4096;
        case SPARSE -> (i * 0x9E37_79B9_7F4A_7C15L) >>> 16;
        case NEGATIVE -> -1 - i;
        case HIGH -> i << 43;
        case CLUSTERED -> (i >>> 4) * 640 + (i & 15);
      };
    }
  }

  private record Slot(long word, long handle) {}

  /** A growing and shrinking table; the share of inserts swings, so that both ends are reached. */
  @ParameterizedTest
  @EnumSource(Keys.class)
  void doesAsAMapDoes(Keys keys) {
    long seed = System.nanoTime();
    System.out.println("SlotTableTwinTest " + keys + " seed " + seed);
    Random random = new Random(seed);
    MemoryAccount account = new MemoryAccount(64 << 20);
    try (RegionPool regions = new RegionPool(account)) {
      int clusterBits = keys == Keys.CLUSTERED ? SlotTable.CLUSTER_BITS_MAX : 0;
      SlotTable table = new SlotTable(new BlockPool(regions), random.nextLong(), clusterBits);
      Map<Long, Slot> twin = new HashMap<>();
      for (int turn = 0; turn < 4; turn++) {
        int most = new int[] {30, 250, 2_000, 9_000}[turn];
        run(random, keys, table, twin, most, 70);
        run(random, keys, table, twin, most, 25);
        removeAll(table, twin);
        assertEquals(BlockPool.SMALL_BYTES, table.blockBytes(), "an emptied table, seed " + seed);
      }
      run(random, keys, table, twin, 500, 60);
      table.close();
      assertEquals(0, account.used(), "seed " + seed);
    }
  }

  /**
   * Clusters that are removed from one block which is nearly full: chains of slots go round its
   * end, and few slots are free, some of them between those that are removed.
   */
  @Test
  void clustersLeaveACrowdedBlock() {
    long seed = System.nanoTime();
    System.out.println("SlotTableTwinTest crowded seed " + seed);
    Random random = new Random(seed);
    MemoryAccount account = new MemoryAccount(64 << 20);
    try (RegionPool regions = new RegionPool(account)) {
      BlockPool pool = new BlockPool(regions);
      for (int round = 0; round < 1_000; round++) {
        try (SlotTable table = new SlotTable(pool, random.nextLong(), SlotTable.CLUSTER_BITS_MAX)) {
          Map<Long, Slot> twin = new HashMap<>();
          int most = 16 * (1 + random.nextInt(6));
          for (int step = 0; step < 60; step++) {
            fill(random, most, table, twin);
            long key = Keys.CLUSTERED.key(random.nextInt(most));
            removeCluster(random, Keys.CLUSTERED, key, table, twin);
            assertEquals(twin.size(), table.size());
          }
          compareBySweep(table, twin);
        }
      }
      assertEquals(0, account.used(), "seed " + seed);
    }
  }

  /** Adds slots, up to what one small block takes. */
  private static void fill(Random random, int most, SlotTable table, Map<Long, Slot> twin) {
    while (twin.size() < SlotTable.SMALL_FILL && random.nextInt(8) > 0) {
      long key = Keys.CLUSTERED.key(random.nextInt(most));
      if (!twin.containsKey(key)) {
        long ref = table.insert(key);
        Slot slot = new Slot(random.nextLong(), random.nextLong());
        table.setWord(ref, slot.word);
        table.setHandle(ref, slot.handle);
        twin.put(key, slot);
      }
    }
  }

  private static void run(
      Random random, Keys keys, SlotTable table, Map<Long, Slot> twin, int most, int inserts) {
    for (int step = 0; step < most * 4; step++) {
      long key = keys.key(random.nextInt(most));
      long ref = table.find(key);
      Slot expected = twin.get(key);
      assertEquals(expected != null, ref >= 0, "presence of " + key);
      if (expected != null) {
        assertEquals(key, table.key(ref));
        assertEquals(expected, new Slot(table.word(ref), table.handle(ref)));
      }
      if (random.nextInt(100) == 0) {
        removeCluster(random, keys, key, table, twin);
        expected = twin.get(key);
        ref = table.find(key);
      }
      boolean insert = random.nextInt(100) < inserts;
      if (expected == null && insert) {
        ref = table.insert(key);
        assertTrue(ref >= 0);
        assertEquals(new Slot(0, 0), new Slot(table.word(ref), table.handle(ref)));
      }
      if (insert) {
        Slot slot = new Slot(random.nextLong(), random.nextLong());
        table.setWord(ref, slot.word);
        table.setHandle(ref, slot.handle);
        twin.put(key, slot);
      } else if (expected != null) {
        table.remove(ref);
        twin.remove(key);
      }
      assertEquals(twin.size(), table.size());
      if (step % (1 + most / 50) == 0) {
        table.checkInvariants();
        compareBySweep(table, twin);
      }
    }
  }

  /** Removes some of the keys that lie with that one, in any order. */
  private static void removeCluster(
      Random random, Keys keys, long key, SlotTable table, Map<Long, Slot> twin) {
    int bits = keys == Keys.CLUSTERED ? SlotTable.CLUSTER_BITS_MAX : 0;
    List<Long> found = new ArrayList<>();
    for (long near = key & -1L << bits; near <= (key | (1L << bits) - 1); near++) {
      if (twin.containsKey(near) && random.nextInt(4) > 0) {
        found.add(near);
      }
    }
    Collections.shuffle(found, random);
    long[] some = found.stream().mapToLong(Long::longValue).toArray();
    table.touchAll(some, some.length);
    long[] refs = new long[some.length];
    assertTrue(some.length == 0 || table.findCluster(some, 0, some.length, refs));
    for (int i = 0; i < some.length; i++) {
      assertEquals(some.length, table.clusterEnd(some, i, some.length));
      assertEquals(table.find(some[i]), refs[i]);
      assertEquals(twin.remove(some[i]), new Slot(table.word(refs[i]), table.handle(refs[i])));
    }
    if (some.length > 0) {
      table.removeCluster(refs, 0, some.length);
      table.checkInvariants();
    }
  }

  private static void removeAll(SlotTable table, Map<Long, Slot> twin) {
    for (long key : List.copyOf(twin.keySet())) {
      table.remove(table.find(key));
      twin.remove(key);
    }
    table.checkInvariants();
    assertEquals(0, table.size());
  }

  private static void compareBySweep(SlotTable table, Map<Long, Slot> twin) {
    Map<Long, Slot> seen = new HashMap<>();
    List<Long> twice = new ArrayList<>();
    long cursor = 0;
    while (cursor >= 0) {
      cursor =
          table.sweep(
              cursor,
              ref -> {
                Slot slot = new Slot(table.word(ref), table.handle(ref));
                if (seen.put(table.key(ref), slot) != null) {
                  twice.add(table.key(ref));
                }
              });
    }
    assertEquals(List.of(), twice);
    assertEquals(twin, seen);
  }

  @Test
  void keepsTheEndsOfTheKeyRange() {
    try (RegionPool regions = new RegionPool(new MemoryAccount(64 << 20))) {
      SlotTable table = new SlotTable(new BlockPool(regions));
      for (long key : new long[] {0, -1, Long.MAX_VALUE, Long.MIN_VALUE + 1}) {
        table.insert(key);
        table.checkInvariants();
        assertEquals(key, table.key(table.find(key)));
      }
      assertEquals(-1, table.find(Long.MIN_VALUE));
    }
  }
}

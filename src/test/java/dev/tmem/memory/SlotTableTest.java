package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlotTableTest {

  private final MemoryAccount account = new MemoryAccount(256L << 20);
  private final RegionPool regions = new RegionPool(account);
  private final BlockPool blocks = new BlockPool(regions);
  private final SlotTable table = new SlotTable(blocks);

  @AfterEach
  void close() {
    table.close();
    assertEquals(0, account.used(), "memory that did not go back");
    regions.close();
  }

  private void fill(long from, long to) {
    for (long key = from; key < to; key++) {
      long ref = table.insert(key);
      table.setWord(ref, key * 3);
      table.setHandle(ref, ~key);
    }
  }

  private void removeRange(long from, long to) {
    for (long key = from; key < to; key++) {
      table.remove(table.find(key));
    }
  }

  @Test
  void emptyTableHasNoMemory() {
    assertEquals(-1, table.find(1));
    assertEquals(-1, table.sweep(0, _ -> {}));
    assertEquals(0, table.blockBytes());
    assertEquals(0, account.used());
  }

  @Test
  void forbiddenKeyIsRefusedAndNeverFound() {
    fill(0, 100);
    assertThrows(IllegalArgumentException.class, () -> table.insert(Long.MIN_VALUE));
    assertEquals(-1, table.find(Long.MIN_VALUE));
    table.checkInvariants();
  }

  @Test
  void closedTableSaysSo() {
    fill(0, 10);
    table.close();
    table.close();
    assertEquals(0, account.used());
    assertEquals(
        "closed", assertThrows(IllegalStateException.class, () -> table.find(1)).getMessage());
    assertThrows(IllegalStateException.class, () -> table.insert(1));
    assertThrows(IllegalStateException.class, () -> table.sweep(0, _ -> {}));
  }

  @Test
  void clearedTableIsUsedAgain() {
    fill(0, 20_000);
    table.clear();
    assertEquals(0, table.size());
    assertEquals(0, account.used());
    fill(0, 500);
    table.checkInvariants();
    assertEquals(500, table.size());
  }

  @Test
  void shrinksAsItEmpties() {
    fill(0, 50_000);
    long full = table.blockBytes();
    removeRange(0, 45_000);
    table.checkInvariants();
    assertTrue(table.blockBytes() < full / 3, table.blockBytes() + " of " + full);
    removeRange(45_000, 49_995);
    table.checkInvariants();
    assertEquals(BlockPool.SMALL_BYTES, table.blockBytes());
    assertEquals(Integer.BYTES, table.directoryBytes());
    for (long key = 49_995; key < 50_000; key++) {
      assertEquals(~key, table.handle(table.find(key)));
    }
  }

  /** The budget of a page that is not in local RAM, at every size from some thousands on. */
  @Test
  void bytesPerSlotStayInBudgetWhileGrowing() {
    Random random = new Random(7);
    double worst = 0;
    double sum = 0;
    int samples = 0;
    for (long count = 0; count < 300_000; count++) {
      long key = random.nextLong() >>> 16;
      if (table.find(key) < 0) {
        table.insert(key);
      }
      if (count >= 4_000 && count % 500 == 0) {
        double bytes = (double) (table.blockBytes() + table.directoryBytes()) / table.size();
        worst = Math.max(worst, bytes);
        sum += bytes;
        samples++;
      }
    }
    double mean = sum / samples;
    System.out.printf("bytes a slot: mean %.2f, worst %.2f%n", mean, worst);
    assertTrue(worst <= 40, "worst " + worst);
    // What is charged is spans; the difference is at most a few.
    assertTrue(account.used() - table.blockBytes() <= 4L * RegionPool.SPAN_BYTES);
  }

  /** The same for a few hundred to thousands of slots in each of many small tables. */
  @Test
  void manySmallTablesStayInBudgetToo() {
    for (int each : new int[] {15, 40, 80}) {
      List<SlotTable> tables = new ArrayList<>();
      long bytes = 0;
      for (int number = 0; number < 200; number++) {
        SlotTable small = new SlotTable(blocks);
        for (int i = 0; i < each; i++) {
          small.insert((long) number << 20 | i);
        }
        bytes += small.blockBytes() + small.directoryBytes();
        tables.add(small);
      }
      assertTrue(bytes <= 45L * each * 200, (double) bytes / each / 200 + " bytes at " + each);
      tables.forEach(SlotTable::close);
    }
  }

  /** Between the calls of a pass others come and go; who stays is seen exactly once. */
  @Test
  void sweepSeesWhoStaysExactlyOnce() {
    long seed = System.nanoTime();
    System.out.println("SlotTableTest sweep seed " + seed);
    Random random = new Random(seed);
    int staying = 4_000;
    fill(0, staying);
    long next = staying;
    for (int pass = 0; pass < 6; pass++) {
      boolean growing = pass % 2 == 0;
      long first = next;
      if (!growing) {
        fill(next, next + 40_000);
        next += 40_000;
      }
      Map<Long, Integer> seen = new HashMap<>();
      long cursor = 0;
      long gone = first;
      do {
        cursor = table.sweep(cursor, ref -> seen.merge(table.key(ref), 1, Integer::sum));
        if (growing && next < first + 40_000) {
          int more = random.nextInt(600);
          fill(next, next + more);
          next += more;
        } else if (!growing && gone < next) {
          long until = Math.min(next, gone + random.nextInt(300));
          removeRange(gone, until);
          gone = until;
        }
      } while (cursor >= 0);
      for (long key = 0; key < staying; key++) {
        assertEquals(1, seen.getOrDefault(key, 0), "key " + key + ", seed " + seed);
      }
      table.checkInvariants();
      removeRange(gone, next);
    }
    assertEquals(staying, table.size());
  }

  @Test
  void sweepMayChangeWordAndHandle() {
    fill(0, 1_000);
    for (long cursor = 0; cursor >= 0; ) {
      cursor =
          table.sweep(
              cursor,
              ref -> {
                table.setWord(ref, 5);
                table.setHandle(ref, table.key(ref));
              });
    }
    for (long key = 0; key < 1_000; key++) {
      assertEquals(5, table.word(table.find(key)));
      assertEquals(key, table.handle(table.find(key)));
    }
    assertThrows(IllegalArgumentException.class, () -> table.sweep(-1, _ -> {}));
  }

  /** Whatever step of the growth the refusal hits, the slots stay and later inserts succeed. */
  @Test
  void refusalChangesNothing() {
    MemoryAccount tight = new MemoryAccount(3L * RegionPool.SPAN_BYTES);
    try (RegionPool few = new RegionPool(tight)) {
      SlotTable bounded = new SlotTable(new BlockPool(few));
      Set<Long> kept = new HashSet<>();
      int refused = 0;
      for (long key = 0; key < 6_000; key++) {
        long size = bounded.size();
        if (bounded.insert(key) >= 0) {
          kept.add(key);
        } else {
          refused++;
          assertEquals(size, bounded.size());
          assertEquals(-1, bounded.find(key));
        }
      }
      bounded.checkInvariants();
      assertTrue(refused > 0);
      assertEquals(kept.size(), bounded.size());
      kept.forEach(key -> assertTrue(bounded.find(key) >= 0));
      tight.setLimit(64L * RegionPool.SPAN_BYTES);
      for (long key = 0; key < 6_000; key++) {
        if (!kept.contains(key)) {
          assertTrue(bounded.insert(key) >= 0);
        }
      }
      bounded.checkInvariants();
      bounded.close();
      assertEquals(0, tight.used());
    }
  }

  @Test
  void firstInsertIntoAFullAccountIsRefused() {
    MemoryAccount none = new MemoryAccount(0);
    try (RegionPool empty = new RegionPool(none)) {
      SlotTable refused = new SlotTable(new BlockPool(empty));
      assertEquals(-1, refused.insert(1));
      assertEquals(-1, refused.find(1));
      assertEquals(0, refused.size());
      refused.checkInvariants();
    }
  }

  /** Keys chosen so that they all want the same block: refused before the directory explodes. */
  @Test
  void chosenKeysDoNotBlowUpTheDirectory() {
    int inserted = 0;
    Random random = new Random(3);
    for (int i = 0; i < 2_000; i++) {
      long crowded =
          0x5A5A_5A5A_0000_0000L | (random.nextInt() & 0xFFFF_FFFFL); // one position's top
      if (table.insert(unmix(crowded)) >= 0) {
        inserted++;
      }
    }
    assertTrue(inserted >= SlotTable.LARGE_FILL, inserted + " inserted");
    assertTrue(inserted < 2_000);
    table.checkInvariants();
    assertTrue(
        table.directoryBytes() <= 2 * Integer.BYTES * 64 * 64, table.directoryBytes() + " B");
    // Others still get in, but for the few that belong to the crowded block.
    int others = 0;
    for (long key = 0; key < 3_000; key++) {
      others += table.insert(key) >= 0 ? 1 : 0;
    }
    assertTrue(others > 2_900, others + " others");
    assertEquals(inserted + others, table.size());
    table.checkInvariants();
  }

  @Test
  void aSaltScattersChosenKeys() {
    SlotTable salted = new SlotTable(blocks, 0x1234_5678_9ABC_DEF1L);
    for (int i = 0; i < 2_000; i++) {
      assertTrue(salted.insert(unmix(0x5A5A_5A5A_0000_0000L + i)) >= 0);
    }
    salted.close();
  }

  /** The inverse of {@link SlotHash#mix}. */
  private static long unmix(long hash) {
    long z = unshift(hash, 27) * inverse(0x1C69_B3F7_4AC4_AE35L);
    z = unshift(z, 33) * inverse(0x3C79_AC49_2BA7_B653L);
    return unshift(z, 27);
  }

  private static long unshift(long value, int by) {
    long z = value;
    for (int done = by; done < Long.SIZE; done += by) {
      z = value ^ (z >>> by);
    }
    return z;
  }

  private static long inverse(long odd) {
    long x = odd;
    for (int i = 0; i < 5; i++) {
      x *= 2 - odd * x;
    }
    return x;
  }

  @Test
  void mixCanBeUndone() {
    Random random = new Random(1);
    for (int i = 0; i < 1_000; i++) {
      long hash = random.nextLong();
      assertEquals(hash, SlotHash.mix(unmix(hash)));
    }
  }

  @Test
  void steadyStateAllocatesNothing() {
    fill(0, 10_000);
    for (int warm = 0; warm < 20; warm++) {
      churn();
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    long operations = churn();
    double each = (double) (threads.getCurrentThreadAllocatedBytes() - before) / operations;
    assertTrue(each < 1, each + " bytes an operation");
  }

  private long churn() {
    long operations = 0;
    for (long key = 0; key < 10_000; key++) {
      long ref = table.find(key);
      table.setWord(ref, table.word(ref) + 1);
      if (key % 100 == 0) {
        table.remove(ref);
        table.insert(key);
      }
      operations++;
    }
    return operations;
  }

  /** In small and large blocks, at whatever place of them. */
  @Test
  void touchingASlotChangesNothingWhetherItIsThereOrNot() {
    table.touch(1);
    for (long key = 0; key < 2000; key++) {
      table.touch(key);
      long ref = table.insert(key);
      table.setHandle(ref, ~key);
      table.touch(key);
      table.touch(-key - 1);
    }
    assertEquals(2000, table.size());
    table.checkInvariants();
    for (long key = 0; key < 2000; key++) {
      assertEquals(~key, table.handle(table.find(key)));
    }
    table.close();
    table.touch(1);
  }
}

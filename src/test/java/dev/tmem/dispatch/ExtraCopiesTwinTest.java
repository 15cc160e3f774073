package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.PageKey;
import dev.tmem.memory.BlockPool;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** The table of extra copies and a plain map do the same. */
class ExtraCopiesTwinTest {

  private static final int PAGES = 3_000;
  private static final int STEPS = 40_000;

  private final MemoryAccount account = new MemoryAccount(64 << 20);
  private final RegionPool regions = new RegionPool(account);
  private final ExtraCopies extras = new ExtraCopies(new BlockPool(regions));

  @RepeatedTest(3)
  void doesAsAMapDoes() {
    long seed = System.nanoTime();
    System.out.println("ExtraCopiesTwinTest seed " + seed);
    Random random = new Random(seed);
    Map<Long, List<Copy>> twin = new HashMap<>();
    for (int step = 0; step < STEPS; step++) {
      long offset = offset(random);
      assertEquals(twin.getOrDefault(offset, List.of()), extras.of(offset), "seed " + seed);
      List<Copy> copies = copies(random);
      assertTrue(extras.write(offset, copies));
      twin.put(offset, copies);
      assertEquals(copies, extras.of(offset), "seed " + seed);
    }
    twin.forEach((offset, copies) -> assertEquals(copies, extras.of(offset), "seed " + seed));
    twin.keySet().forEach(offset -> extras.write(offset, List.of()));
    twin.keySet().forEach(offset -> assertEquals(List.of(), extras.of(offset)));
    extras.clear();
    assertEquals(0, account.used());
    regions.close();
  }

  /** Offsets in a row, and some at the very end. */
  private static long offset(Random random) {
    long low = random.nextInt(PAGES);
    return random.nextInt(8) == 0 ? PageKey.MAX_OFFSET - low : low;
  }

  private static List<Copy> copies(Random random) {
    List<Copy> copies = new ArrayList<>();
    int count = random.nextInt(3) == 0 ? random.nextInt(ExtraCopies.MAX + 1) : random.nextInt(2);
    while (copies.size() < count) {
      copies.add(new Copy(random.nextInt(SlotWord.MAX_BACKENDS), random.nextLong()));
    }
    return copies;
  }

  @Test
  void whatIsRefusedLeavesThePageAsItWas() {
    List<Copy> two = List.of(new Copy(1, 11), new Copy(2, 22));
    List<Copy> four = List.of(new Copy(3, 1), new Copy(4, 2), new Copy(5, 3), new Copy(6, 4));
    long offset = 0;
    account.setLimit(RegionPool.SPAN_BYTES);
    while (extras.write(offset, two)) {
      offset++;
    }
    assertTrue(offset > 0);
    assertEquals(List.of(), extras.of(offset));
    long refused = 0;
    for (long page = 0; page < offset; page++) {
      boolean written = extras.write(page, four);
      assertEquals(written ? four : two, extras.of(page));
      refused += written ? 0 : 1;
    }
    assertTrue(refused > 0);
    for (long page = 0; page < offset; page++) {
      assertTrue(extras.write(page, List.of(new Copy(30, -page)))); // fewer need no memory
      assertEquals(List.of(new Copy(30, -page)), extras.of(page));
    }
    assertFalse(extras.of(offset - 1).isEmpty());
    extras.clear();
    assertEquals(0, account.used());
    regions.close();
  }
}

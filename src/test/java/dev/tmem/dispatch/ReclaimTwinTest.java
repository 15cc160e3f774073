package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.RamShare;
import dev.tmem.TmemException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Areas with shares that change, a lower tier that is slow, and a memory limit that moves: whenever
 * everything has come to rest, marks and caps hold, nobody waits, and every page is what a plain
 * map says it is.
 */
class ReclaimTwinTest extends DispatchFixture {

  private static final int AREAS = 3;
  private static final int OFFSETS = 4_000;
  private static final int ROUNDS = 60;

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);
  private final List<PageSpace> spaces = new ArrayList<>();
  private final List<Map<Integer, Integer>> twins = new ArrayList<>();
  private final List<Future<Void>> stores = new ArrayList<>();

  @Override
  long memoryLimit() {
    return 16L << 20;
  }

  @Test
  void marksAndCapsHoldWheneverEverythingIsAtRest() {
    System.out.println("ReclaimTwinTest seed " + seed);
    register(node.zram, disk);
    for (int i = 0; i < AREAS; i++) {
      spaces.add(node.open("area" + i, Protection.ANY));
      twins.add(new HashMap<>());
    }
    for (int round = 0; round < ROUNDS; round++) {
      change();
      for (int i = 0; i < 400; i++) {
        operate();
      }
      scheduler.advance(2_000);
      checkAtRest("seed " + seed + ", round " + round);
    }
    node.memory.setLimit(memoryLimit());
    for (int area = 0; area < AREAS; area++) {
      for (int offset = 0; offset < OFFSETS; offset++) {
        checkPage(area, offset);
      }
    }
  }

  /** Something that an operator does. */
  private void change() {
    switch (random.nextInt(4)) {
      case 0 -> {
        node.memory.setLimit(memoryLimit() * random.nextInt(60, 101) / 100);
        node.dispatcher.limitChanged();
      }
      case 1 -> {
        PageSpace space = spaces.get(random.nextInt(AREAS));
        RamShare cap = RamShare.percent(random.nextInt(10, 101));
        RamShare guaranteed = RamShare.percent(random.nextInt(0, 50));
        Quota.Shares before = space.quota().shares();
        try {
          node.dispatcher.setShares(space, new Quota.Shares(guaranteed, cap));
        } catch (TmemException refused) {
          assertEquals(before, space.quota().shares());
        }
      }
      default -> {
        long delay = random.nextInt(20);
        disk.delayMillis = () -> delay;
      }
    }
  }

  private void operate() {
    int area = random.nextInt(AREAS);
    int offset = random.nextInt(OFFSETS);
    PageSpace space = spaces.get(area);
    switch (random.nextInt(8)) {
      case 0 -> checkPage(area, offset);
      case 1 -> {
        await(space.invalidate(offset));
        twins.get(area).remove(offset);
      }
      default -> {
        int version = random.nextInt(1_000);
        stores.add(space.store(offset, content(area, offset, version)));
        twins.get(area).put(offset, version);
      }
    }
    if (random.nextInt(4) == 0) {
      scheduler.advance(random.nextInt(3));
    }
  }

  private static java.nio.ByteBuffer content(int area, int offset, int version) {
    return java.nio.ByteBuffer.wrap(Pages.of(area, offset, version, 4096));
  }

  private void checkPage(int area, int offset) {
    Loaded loaded = await(spaces.get(area).load(offset));
    Integer version = twins.get(area).get(offset);
    String where = "seed " + seed + ", page " + offset + " of area " + area;
    if (version == null) {
      assertNull(loaded, where);
    } else {
      assertNotNull(loaded, where);
      assertArrayEquals(
          Pages.of(area, offset, version, 4096),
          Arrays.copyOf(loaded.bytes(), loaded.length()),
          where);
    }
  }

  private void checkAtRest(String when) {
    stores.forEach(store -> assertTrue(store.succeeded(), when));
    stores.clear();
    ReclaimState state = node.dispatcher.reclaimState();
    assertEquals(0, state.lanes() + state.waiting(), when);
    assertFalse(state.emergency(), when);
    long limit = node.zram.usage().limitBytes();
    assertTrue(
        state.usedBytes() <= Watermarks.of(limit).high() + slack(), when + ": the high mark");
    for (PageSpace space : spaces) {
      long cap = space.quota().shares().cap().of(limit);
      long ram = space.ramTally().zpageBytes();
      if (space.quota().isCapped()) {
        assertTrue(ram <= Watermarks.of(cap).high() + slack(), when + ": " + ram + " over " + cap);
      }
      assertEquals(0, space.quota().bound().waiting(), when);
    }
    assertEquals(List.of(), new Audit(node.dispatcher).check(), when);
  }

  /** What may be stored between two looks at the marks. */
  private static long slack() {
    return 32 * 4096;
  }
}

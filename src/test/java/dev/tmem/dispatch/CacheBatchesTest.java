package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.TmemException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Many pages of an object of a clean cache at once. */
class CacheBatchesTest extends CacheFixture {

  private static final int MANY = 3 * CacheBatches.ROUND_PAGES + 7;
  private static final int[] INDEXES = IntStream.range(0, MANY).toArray();

  private static void putAll(CachePages cache, int version, int... indexes) {
    List<ByteBuffer> pages = new ArrayList<>();
    for (int index : indexes) {
      pages.add(content(1, index, version));
    }
    cache.putAll(0, 1, indexes, pages);
  }

  private static void assertPage(int index, int version, @Nullable Loaded loaded) {
    assertNotNull(loaded, "page " + index);
    assertArrayEquals(
        content(1, index, version).array(), Arrays.copyOf(loaded.bytes(), loaded.length()));
  }

  @Test
  void pagesComeInTheOrderAskedAlsoTwice() {
    register(node.zram);
    CachePages cache = cache("c");
    putAll(cache, 1, INDEXES);
    int[] asked = IntStream.range(0, 2 * MANY).map(i -> i * 7 % (MANY + 50)).toArray();
    List<@Nullable Loaded> found = cache.getAll(0, 1, asked);
    for (int i = 0; i < asked.length; i++) {
      if (asked[i] < MANY) {
        assertPage(asked[i], 1, found.get(i));
      } else {
        assertNull(found.get(i));
      }
    }
    PageSpace space = node.dispatcher.spaces().get(0);
    assertCounter(space, "puts", MANY);
    assertCounter(space, "curr_pages", MANY);
    long misses = Arrays.stream(asked).filter(index -> index >= MANY).count();
    assertCounter(space, "failed_gets", misses);
    assertCounter(space, "succ_gets", asked.length - misses);
  }

  @Test
  void theyTakeThePlaceOfOlderOnes() {
    register(node.zram);
    CachePages cache = cache("c");
    putAll(cache, 1, INDEXES);
    int[] some = IntStream.range(0, MANY).filter(index -> index % 3 > 0).toArray();
    putAll(cache, 2, some);
    for (int index : INDEXES) {
      assertHit(cache, 1, index, index % 3 > 0 ? 2 : 1);
    }
  }

  @Test
  void exclusiveGetsRemoveThem() {
    register(node.zram);
    CachePages cache = cache("c", new CacheConfig(true, 0));
    putAll(cache, 1, INDEXES);
    List<@Nullable Loaded> found = cache.getAll(0, 1, new int[] {5, 6, 5});
    assertPage(5, 1, found.get(0));
    assertPage(6, 1, found.get(1));
    assertNull(found.get(2));
    assertMiss(cache, 1, 6);
    assertHit(cache, 1, 7, 1);
  }

  @Test
  void zpagesArePutWithNoLockHeld() {
    AtomicInteger puts = new AtomicInteger();
    AtomicInteger locked = new AtomicInteger();
    FaultyRam ram = new FaultyRam(node.zram);
    ram.onPut =
        () -> {
          puts.incrementAndGet();
          locked.addAndGet(LocksHeld.any(node.dispatcher) ? 1 : 0);
        };
    register(ram);
    CachePages cache = cache("c");
    putAll(cache, 1, INDEXES);
    assertTrue(puts.get() > MANY / 2, puts.get() + " puts");
    assertEquals(0, locked.get());
    assertEquals(MANY, cache.getAll(0, 1, INDEXES).stream().filter(page -> page != null).count());
  }

  @Test
  void whatRamThrowsAtIsGoneAndNeverOld() {
    FaultyRam ram = new FaultyRam(node.zram);
    register(ram);
    CachePages cache = cache("c");
    putAll(cache, 1, INDEXES);
    ram.throwing = true;
    putAll(cache, 2, 3, 4, 100);
    ram.throwing = false;
    assertMiss(cache, 1, 3);
    assertMiss(cache, 1, 4);
    assertMiss(cache, 1, 100);
  }

  @Test
  void aClosedCacheKeepsNothing() {
    register(node.zram);
    CachePages cache = cache("c");
    PageSpace space = node.dispatcher.spaces().get(0);
    putAll(cache, 1, INDEXES);
    await(node.dispatcher.close(space));
    assertThrows(TmemException.class, () -> putAll(cache, 2, INDEXES));
    assertThrows(TmemException.class, () -> cache.getAll(0, 1, INDEXES));
    assertEquals(0L, node.zram.counters().get("compr_data_size"));
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random operations on clean caches in a pool that is too small, with stores beside them, against
 * plain maps: a get returns what the map has, or nothing, and then nothing until the next put.
 */
class CachePagesTwinTest extends CacheFixture {

  @Override
  long memoryLimit() {
    return 6L << 20;
  }

  private record Page(int cache, long object, int index) {}

  private final Map<Page, Integer> twin = new HashMap<>();
  private final Map<Page, Long> putAt = new HashMap<>();
  private long hits;

  @Test
  void doesAsMapsThatForget() {
    long seed = System.nanoTime();
    System.out.println("CachePagesTwinTest seed " + seed);
    Random random = new Random(seed);
    scheduler.saltsFrom(seed);
    register(node.zram, disk);
    node.dispatcher.upkeep().start();
    CacheConfig[] configs = {
      new CacheConfig(false, 0), new CacheConfig(true, 0), new CacheConfig(false, 2)
    };
    CachePages[] caches = new CachePages[configs.length];
    for (int i = 0; i < caches.length; i++) {
      caches[i] = cache("c" + i, configs[i]);
    }
    PageSpace area = node.open("a", Protection.ANY);
    for (int step = 0; step < 60_000; step++) {
      int which = random.nextInt(caches.length);
      Page page = new Page(which, random.nextInt(12), index(random));
      int dice = random.nextInt(1000);
      if (dice < 10) {
        putAll(random, caches[which], which, page.object, step);
      } else if (dice < 20) {
        getAll(random, caches[which], which, page.object);
      } else if (dice < 450) {
        put(caches[which], page.object, page.index, step);
        twin.put(page, step);
        putAt.put(page, scheduler.nanoTime());
      } else if (dice < 900) {
        get(caches[which], page);
      } else if (dice < 940) {
        caches[which].invalidatePage(0, page.object, page.index);
        twin.remove(page);
      } else if (dice < 943) {
        await(caches[which].invalidateObject(0, page.object));
        twin.keySet().removeIf(p -> p.cache == which && p.object == page.object);
      } else if (dice < 944 && step % 3 == 0) {
        await(node.dispatcher.close(space("c" + which)));
        twin.keySet().removeIf(p -> p.cache == which);
        caches[which] = cache("c" + which, configs[which]);
      } else if (dice < 990) {
        store(area, random.nextInt(400), step);
      } else {
        scheduler.advance(random.nextInt(300));
      }
      if (step % 5_000 == 0) {
        assertEquals(List.of(), new Audit(node.dispatcher).check(), "seed " + seed);
      }
    }
    assertTrue(hits > 3_000, hits + " hits");
    node.dispatcher.upkeep().stop();
    for (PageSpace space : node.dispatcher.spaces()) {
      await(node.dispatcher.close(space));
    }
    assertEquals(0L, node.zram.counters().get("compr_data_size"), "a leak, seed " + seed);
    assertEquals(0, node.dispatcher.blocks().usedBytes(), "a leak, seed " + seed);
  }

  private PageSpace space(String name) {
    return node.dispatcher.spaces().stream()
        .filter(space -> space.config().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static int index(Random random) {
    return random.nextInt(3) == 0 ? random.nextInt(40) * 0x0345_6789 : random.nextInt(150);
  }

  private static int[] indexes(Random random) {
    return random.ints(1 + random.nextInt(200), 0, 150).distinct().toArray();
  }

  private void putAll(Random random, CachePages cache, int which, long object, int step) {
    int[] indexes = indexes(random);
    List<ByteBuffer> pages = new ArrayList<>();
    for (int index : indexes) {
      pages.add(content(object, index, step));
      Page page = new Page(which, object, index);
      twin.put(page, step);
      putAt.put(page, scheduler.nanoTime());
    }
    cache.putAll(0, object, indexes, pages);
  }

  private void getAll(Random random, CachePages cache, int which, long object) {
    int[] indexes = indexes(random);
    List<@Nullable Loaded> found = cache.getAll(0, object, indexes);
    assertEquals(indexes.length, found.size());
    for (int i = 0; i < indexes.length; i++) {
      verify(cache, new Page(which, object, indexes[i]), found.get(i));
    }
  }

  private void get(CachePages cache, Page page) {
    verify(cache, page, cache.get(0, page.object, page.index));
  }

  private void verify(CachePages cache, Page page, @Nullable Loaded loaded) {
    Integer version = twin.get(page);
    if (loaded == null) {
      twin.remove(page);
      return;
    }
    assertTrue(version != null, "a page that is not there: " + page);
    assertArrayEquals(
        content(page.object, page.index, version).array(),
        Arrays.copyOf(loaded.bytes(), loaded.length()),
        page.toString());
    hits++;
    if (cache.config().exclusiveGets()) {
      twin.remove(page);
    }
    int seconds = cache.config().timeToLiveSeconds();
    long age = scheduler.nanoTime() - putAt.getOrDefault(page, 0L);
    assertTrue(seconds == 0 || age <= (seconds + 1) * 1_000_000_000L, "older than its time");
  }
}

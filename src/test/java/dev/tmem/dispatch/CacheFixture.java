package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.tmem.Protection;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;

/** A dispatcher with clean caches; object n is the pair (0, n). */
abstract class CacheFixture extends DispatchFixture {

  @Override
  long memoryLimit() {
    return 16L << 20;
  }

  CachePages cache(String name) {
    return cache(name, new CacheConfig(false, 0));
  }

  CachePages cache(String name, CacheConfig config) {
    SpaceConfig space = new SpaceConfig(name, 4096, false, Protection.NONE);
    return await(node.dispatcher.open(space, config)).cache();
  }

  static ByteBuffer content(long object, int index, int version) {
    return ByteBuffer.wrap(Pages.of(2, object * 1_000_003 + index, version, 4096));
  }

  static void put(CachePages cache, long object, int index, int version) {
    cache.put(0, object, index, content(object, index, version));
  }

  static void assertHit(CachePages cache, long object, int index, int version) {
    Loaded loaded = cache.get(0, object, index);
    assertNotNull(loaded, "page " + index + " of " + object);
    assertArrayEquals(
        content(object, index, version).array(), Arrays.copyOf(loaded.bytes(), loaded.length()));
  }

  static void assertMiss(CachePages cache, long object, int index) {
    assertNull(cache.get(0, object, index), "page " + index + " of " + object);
  }

  static void assertCounter(PageSpace space, String name, long expected) {
    Map<String, Long> counters = space.counted();
    assertEquals(expected, counters.get(name), name + " of " + counters);
  }

  static long counter(PageSpace space, String name) {
    return space.counted().getOrDefault(name, -1L);
  }
}

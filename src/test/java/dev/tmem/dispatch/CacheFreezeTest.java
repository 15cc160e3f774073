package dev.tmem.dispatch;

import org.junit.jupiter.api.Test;

/** C8 for clean caches: on a frozen node a put becomes an invalidate. */
class CacheFreezeTest extends CacheFixture {

  @Test
  void aPutOnAFrozenNodeRemovesThePage() {
    register(node.zram);
    CachePages cache = cache("c");
    put(cache, 1, 1, 1);
    put(cache, 1, 2, 1);
    node.dispatcher.setFrozen(true);
    put(cache, 1, 1, 2);
    assertMiss(cache, 1, 1);
    assertHit(cache, 1, 2, 1);
    CachePages later = cache("later");
    put(later, 1, 1, 1);
    assertMiss(later, 1, 1);
    node.dispatcher.setFrozen(false);
    put(cache, 1, 1, 3);
    assertHit(cache, 1, 1, 3);
  }
}

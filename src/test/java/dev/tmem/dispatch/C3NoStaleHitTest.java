package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.backend.LossDomain;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** C3: after put A, put B a get never returns A; a miss stays a miss until the next put. */
class C3NoStaleHitTest extends CacheFixture {

  @Test
  void thePutBeforeLastNeverComesBack() {
    register(node.zram);
    CachePages cache = cache("c");
    for (int version = 0; version < 20; version++) { // same-filled ones among them
      put(cache, 1, 5, version);
      assertHit(cache, 1, 5, version);
    }
    assertEquals(1, cache.objectParts());
  }

  @Test
  void aPutThatIsNotKeptRemovesThePageBefore() {
    register(node.zram);
    CachePages cache = cache("c");
    put(cache, 1, 5, 1);
    PageSpace space = node.dispatcher.spaces().get(0);
    RegisteredBackend zram = node.dispatcher.backends().get(0);
    zram.health().freeze("a test");
    put(cache, 1, 5, 2);
    zram.health().thaw();
    assertMiss(cache, 1, 5);
    assertMiss(cache, 1, 5);
    assertCounter(space, "puts", 2);
    assertCounter(space, "failed_puts", 1);
    assertCounter(space, "failed_gets", 2);
    put(cache, 1, 5, 3);
    assertHit(cache, 1, 5, 3);
  }

  @Test
  void onAFrozenNodeAPutIsAnInvalidate() {
    register(node.zram);
    CachePages cache = cache("c");
    put(cache, 1, 5, 1);
    put(cache, 1, 6, 1);
    node.dispatcher.setFrozen(true);
    put(cache, 1, 5, 2);
    assertMiss(cache, 1, 5);
    assertHit(cache, 1, 6, 1);
    node.dispatcher.setFrozen(false);
    assertMiss(cache, 1, 5);
    put(cache, 1, 5, 3);
    assertHit(cache, 1, 5, 3);
  }

  @Test
  void beforeAnyBackendPutsAreCountedAndGetsMiss() {
    CachePages cache = cache("c");
    PageSpace space = node.dispatcher.spaces().get(0);
    put(cache, 1, 1, 1);
    assertMiss(cache, 1, 1);
    cache.invalidatePage(0, 1, 1);
    assertEquals(0L, await(cache.invalidateObject(0, 1)));
    assertCounter(space, "puts", 1);
    assertCounter(space, "failed_gets", 1);
    assertCounter(space, "invalidates", 0);
    register(node.zram);
    assertMiss(cache, 1, 1);
    put(cache, 1, 1, 2);
    assertHit(cache, 1, 1, 2);
  }

  @Test
  void aSlowBackendBeforeRamIsPassedOver() {
    TwinBackend early = new TwinBackend("early", 50, LossDomain.PEER, scheduler);
    register(early, node.zram);
    CachePages cache = cache("c");
    put(cache, 1, 1, 1);
    assertHit(cache, 1, 1, 1);
    assertEquals(0, early.largestBatch.get());
  }

  @Test
  void anExclusiveGetTakesThePageAlong() {
    register(node.zram);
    CachePages cache = cache("c", new CacheConfig(true, 0));
    put(cache, 1, 1, 1);
    put(cache, 1, 2, 3);
    assertHit(cache, 1, 1, 1);
    assertMiss(cache, 1, 1);
    assertHit(cache, 1, 2, 3);
    assertMiss(cache, 1, 2);
    assertEquals(0, cache.objectParts());
    assertCounter(node.dispatcher.spaces().get(0), "invalidates", 0);
  }

  @Test
  void aDamagedPageIsAMissAndStaysOne() {
    register(node.zram);
    CachePages cache = cache("c");
    byte[] page = new byte[4096];
    for (int i = 0; i < page.length; i++) {
      page[i] = (byte) (i % 50);
    }
    cache.put(0, 1, 1, ByteBuffer.wrap(page));
    PageSpace space = node.dispatcher.spaces().get(0);
    damageAll(space);
    assertMiss(cache, 1, 1);
    assertMiss(cache, 1, 1);
    assertCounter(space, "failed_reads", 1);
    assertCounter(space, "failed_gets", 2);
    assertCounter(space, "curr_pages", 0);
  }

  @SuppressWarnings("GuardedBy") // the visitor runs within the sweep, locked
  private void damageAll(PageSpace space) {
    for (Stripe stripe : space.stripes()) {
      stripe.lock.lock();
      try {
        stripe.slots.sweep(
            0,
            ref -> {
              long handle = stripe.slots.handle(ref);
              ByteBuffer bytes = node.zram.buffer(handle);
              int at = node.zram.position(handle);
              for (int i = 0; i < node.zram.length(handle); i++) {
                bytes.put(at + i, (byte) 0xFF);
              }
            });
      } finally {
        stripe.lock.unlock();
      }
    }
  }

  @Test
  void pagesShorterThanAPageAreKeptWithTheirLength() {
    register(node.zram);
    CachePages cache = cache("c");
    for (int length : new int[] {1, 8, 100, 4095}) {
      byte[] page = Pages.of(2, 7, 1, length);
      cache.put(0, 9, length, ByteBuffer.wrap(page));
      Loaded loaded = cache.get(0, 9, length);
      assertTrue(loaded != null && loaded.length() == length);
    }
  }

  @Test
  void invalidatesForgetThePageOrTheObjectAndNothingElse() {
    register(node.zram);
    CachePages cache = cache("c");
    PageSpace space = node.dispatcher.spaces().get(0);
    for (int index = 0; index < 1_000; index++) {
      put(cache, index % 3, index * 7, 1);
    }
    cache.invalidatePage(0, 0, 0);
    cache.invalidatePage(0, 0, 0);
    assertMiss(cache, 0, 0);
    assertHit(cache, 0, 21, 1);
    assertEquals(333L, await(cache.invalidateObject(0, 1)));
    assertEquals(0L, await(cache.invalidateObject(0, 1)));
    for (int index = 0; index < 1_000; index++) {
      if (index % 3 == 1) {
        assertMiss(cache, 1, index * 7);
      } else if (index > 0) {
        assertHit(cache, index % 3, index * 7, 1);
      }
    }
    assertCounter(space, "invalidates", 334);
  }

  @Test
  void aLargeObjectIsOutOfReachAtOnceAndFreedInSteps() {
    register(node.zram);
    CachePages cache = cache("c");
    PageSpace space = node.dispatcher.spaces().get(0);
    for (int index = 0; index < 9_000; index++) {
      put(cache, 1, index, 3); // same-filled
    }
    var freed = cache.invalidateObject(0, 1);
    assertTrue(!freed.isComplete(), "all on the caller's thread");
    put(cache, 1, 8_999, 4);
    for (int index = 0; index < 8_999; index++) {
      assertMiss(cache, 1, index);
    }
    assertEquals(9_000L, await(freed));
    assertHit(cache, 1, 8_999, 4);
    assertEquals(1, space.counters().pages());
  }

  /** More than are freed together, in spans that hold another object's pages too. */
  @Test
  void theZpagesOfALargeObjectAreAllFreedAndNoOthers() {
    register(node.zram);
    CachePages cache = cache("c");
    for (int index = 0; index < 300; index++) {
      put(cache, 2, index, 1);
    }
    long others = node.zram.counters().getOrDefault("compr_data_size", -1L);
    int pages = 2 * RamFrees.MAX_HANDLES + 100;
    for (int index = 0; index < pages; index++) {
      put(cache, 1, index, 1);
    }
    assertEquals(pages, await(cache.invalidateObject(0, 1)));
    assertEquals(others, node.zram.counters().get("compr_data_size"));
    for (int index = 0; index < 300; index++) {
      assertHit(cache, 2, index, 1);
    }
    assertMiss(cache, 1, 0);
  }

  @Test
  void whatIsClosedRefusesAndHoldsNothing() {
    register(node.zram);
    CachePages cache = cache("c");
    PageSpace space = node.dispatcher.spaces().get(0);
    for (int index = 0; index < 500; index++) {
      put(cache, index, 1, 1);
    }
    long before = node.zram.counters().getOrDefault("compr_data_size", -1L);
    assertTrue(before > 0);
    assertEquals(500L, await(node.dispatcher.close(space)));
    assertEquals(0L, node.zram.counters().get("compr_data_size"));
    for (Runnable call :
        new Runnable[] {
          () -> put(cache, 1, 1, 1),
          () -> cache.get(0, 1, 1),
          () -> cache.invalidatePage(0, 1, 1),
          () -> cache.invalidateObject(0, 1)
        }) {
      TmemException error = assertThrows(TmemException.class, call::run);
      assertEquals(ErrorCode.AREA_CLOSED, error.code());
    }
    assertEquals(500L, node.dispatcher.cacheCounters().get("puts"));
    assertEquals(0, node.dispatcher.counters().getOrDefault("puts", 0L));
  }
}

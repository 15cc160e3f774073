package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pages with a time to live, by a clock that is given. */
class TimeToLiveTest extends CacheFixture {

  @Test
  void aPageEndsAfterItsTimeAndNotBefore() {
    register(node.zram);
    long seed = System.nanoTime();
    System.out.println("TimeToLiveTest seed " + seed);
    Random random = new Random(seed);
    CachePages cache = cache("c", new CacheConfig(false, 5));
    for (int index = 0; index < 50; index++) {
      scheduler.advance(random.nextInt(1_000));
      put(cache, 1, index, 1);
      scheduler.advance(4_999);
      assertHit(cache, 1, index, 1);
      scheduler.advance(1_001);
      assertMiss(cache, 1, index);
    }
    assertCounter(node.dispatcher.spaces().get(0), "pages_expired", 50);
  }

  @Test
  void aPutBeginsTheTimeAnewAndAGetDoesNot() {
    register(node.zram);
    CachePages cache = cache("c", new CacheConfig(false, 10));
    put(cache, 1, 1, 1);
    put(cache, 1, 2, 1);
    scheduler.advance(8_000);
    put(cache, 1, 1, 2);
    assertHit(cache, 1, 2, 1);
    scheduler.advance(4_000);
    assertHit(cache, 1, 1, 2);
    assertMiss(cache, 1, 2);
  }

  @Test
  void whatNobodyGetsIsFreedByTheClock() {
    register(node.zram);
    CachePages mortal = cache("mortal", new CacheConfig(false, 3));
    CachePages lasting = cache("lasting");
    PageSpace space = node.dispatcher.spaces().get(0);
    node.dispatcher.upkeep().start();
    for (int index = 0; index < 700; index++) {
      put(mortal, index % 9, index, 1);
      put(lasting, index % 9, index, 1);
    }
    scheduler.advance(2_900);
    assertCounter(space, "pages_expired", 0);
    scheduler.advance(3_000);
    assertCounter(space, "pages_expired", 700);
    assertCounter(space, "curr_pages", 0);
    assertEquals(0, mortal.objectParts());
    assertEquals(700, node.dispatcher.spaces().get(1).counters().pages());
    scheduler.advance(60_000);
    put(mortal, 1, 1, 1);
    assertHit(mortal, 1, 1, 1);
    await(node.dispatcher.close(space));
    scheduler.advance(10_000);
    node.dispatcher.upkeep().stop();
  }

  @Test
  void expiredPagesGoFirstWhenRoomIsShort() {
    register(node.zram);
    CachePages cache = cache("c", new CacheConfig(false, 3));
    PageSpace space = node.dispatcher.spaces().get(0);
    for (int index = 0; index < 700; index++) {
      put(cache, 1, index, 1);
    }
    scheduler.advance(4_000);
    for (int index = 0; index < 9_000; index++) {
      put(cache, 2, index, 1);
    }
    assertTrue(counter(space, "pages_expired") > 300);
  }

  @Test
  void stampsHoldTheirLimits() {
    long last = EpochStamp.first(EpochStamp.MAX_SECOND + 1) - 1;
    assertEquals(SlotWord.MAX_EPOCH, last);
    assertEquals(EpochStamp.MAX_SECOND, EpochStamp.second(last));
    assertEquals(7, EpochStamp.second(EpochStamp.first(7)));
    assertEquals(6, EpochStamp.second(EpochStamp.first(7) - 1));
    assertTrue(EpochStamp.hasMore(0, 0));
    assertTrue(EpochStamp.hasMore(EpochStamp.first(8) - 2, 7));
    assertFalse(EpochStamp.hasMore(EpochStamp.first(8) - 1, 7), "the second is used up");
    assertFalse(EpochStamp.hasMore(EpochStamp.first(9), 7), "a clock that stood still");
    assertFalse(EpochStamp.hasMore(last, EpochStamp.MAX_SECOND));
    assertFalse(EpochStamp.hasMore(0, EpochStamp.MAX_SECOND + 1));
  }

  @Test
  void aPutThatGetsNoStampRemovesThePageBefore() {
    register(node.zram);
    CachePages cache = cache("c", new CacheConfig(false, 5));
    put(cache, 1, 1, 3);
    for (int i = 0; i < EpochStamp.PER_SECOND; i++) {
      put(cache, 1, 2, 3);
    }
    assertMiss(cache, 1, 1 + 1);
    put(cache, 1, 1, 10);
    assertMiss(cache, 1, 1);
    scheduler.advance(1_000);
    put(cache, 1, 1, 10);
    assertHit(cache, 1, 1, 10);
  }
}

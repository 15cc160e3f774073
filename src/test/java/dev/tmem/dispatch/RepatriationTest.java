package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.RamShare;
import dev.tmem.backend.PageRef;
import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

/** Pages come back from peers when there is room, and do not go back and forth. */
class RepatriationTest extends DispatchFixture {

  private static final int PAGES = 400;
  private static final long CALM_MILLIS = Repatriation.TICK_MILLIS * (Repatriation.CALM_TICKS + 1);

  @Override
  long memoryLimit() {
    return 8L << 20;
  }

  private PageSpace lent(Protection protection) {
    PageSpace space = await(node.dispatcher.open(new SpaceConfig("a", 4096, true, protection)));
    for (int offset = 0; offset < PAGES; offset++) {
      store(space, offset, 1);
    }
    demoteAll();
    assertEquals(PAGES, pagesIn(space, "peer"));
    return space;
  }

  private void start(long bytesPerSecond) {
    node.dispatcher.upkeep().setRepatriateBytesPerSecond(bytesPerSecond);
    node.dispatcher.upkeep().start();
  }

  private static long moves(PageSpace space) {
    return space.counters().demotions.sum()
        + space.counters().promotions.sum()
        + space.counters().repatriated.sum();
  }

  private void assertAll(PageSpace space) {
    for (int offset = 0; offset < PAGES; offset++) {
      assertPage(space, offset, 1);
    }
  }

  @Test
  void theyComeBackAndAreFreedAtTheirLenders() {
    register(node.zram, peer);
    PageSpace space = lent(Protection.NONE);
    start(1 << 30);
    scheduler.advance(CALM_MILLIS + Repatriation.TICK_MILLIS);
    assertEquals(0, pagesIn(space, "peer"));
    assertEquals(PAGES, pagesIn(space, "zram"));
    assertEquals(PAGES, space.counters().repatriated.sum());
    assertEquals(0, peer.refs().size());
    assertAll(space);
    node.dispatcher.upkeep().stop();
  }

  @Test
  void theSecondLenderIsRelievedTooAndTheCopyOnDiskStays() {
    register(node.zram, peer, disk);
    PageSpace space = lent(Protection.ANY);
    assertEquals(PAGES, extrasIn(space, "disk"));
    start(1 << 30);
    scheduler.advance(CALM_MILLIS + Repatriation.TICK_MILLIS);
    assertEquals(PAGES, pagesIn(space, "zram"));
    assertEquals(PAGES, extrasIn(space, "disk"));
    assertEquals(0, peer.refs().size());
    assertAll(space);
    node.dispatcher.upkeep().stop();
  }

  @Test
  void thoseThatWereLoadedComeFirstAndTheBudgetHolds() {
    register(node.zram, peer);
    PageSpace space = lent(Protection.NONE);
    for (int offset = 300; offset < 340; offset++) {
      assertPage(space, offset, 1);
    }
    start(1);
    scheduler.advance(CALM_MILLIS);
    assertEquals(PAGES - 40, pagesIn(space, "peer"), "one batch: those that were loaded");
    for (PageRef left : peer.refs()) {
      assertTrue(left.key().offset() < 300 || left.key().offset() >= 340, left.toString());
    }
    scheduler.advance(10 * Repatriation.TICK_MILLIS);
    assertEquals(40, space.counters().repatriated.sum(), "the budget is spent for a while");
    node.dispatcher.upkeep().stop();
  }

  @Test
  void withoutABudgetNothingComes() {
    register(node.zram, peer);
    PageSpace space = lent(Protection.NONE);
    start(0);
    scheduler.advance(60_000);
    assertEquals(PAGES, pagesIn(space, "peer"));
    node.dispatcher.upkeep().stop();
  }

  @Test
  void aPageThatIsStoredOrInvalidatedMeanwhileStaysAsItIs() {
    register(node.zram, peer);
    PageSpace space = lent(Protection.NONE);
    peer.delayMillis = () -> 500;
    start(1 << 30);
    scheduler.advance(CALM_MILLIS - Repatriation.TICK_MILLIS + 100);
    for (int offset = 0; offset < PAGES; offset += 2) {
      store(space, offset, 2);
    }
    peer.delayMillis = () -> 0;
    scheduler.advance(60_000);
    for (int offset = 0; offset < PAGES; offset++) {
      assertPage(space, offset, offset % 2 == 0 ? 2 : 1);
    }
    assertEquals(0, peer.refs().size());
    node.dispatcher.upkeep().stop();
  }

  @Test
  void aPoolThatIsFullEnoughGetsNone() {
    register(node.zram, peer);
    PageSpace space = lent(Protection.NONE);
    for (int offset = PAGES; offset < 2 * PAGES; offset++) {
      store(space, offset, 1);
    }
    while (node.zram.usage().usedBytes()
        < node.zram.usage().limitBytes() / 100 * Repatriation.BEGIN_PERCENT) {
      node.memory.setLimit(node.memory.limit() - 16_384);
    }
    long moves = moves(space);
    start(1 << 30);
    scheduler.advance(600_000);
    assertEquals(moves, moves(space));
    node.dispatcher.upkeep().stop();
  }

  /** Areas that grow and shrink about the marks: what came back does not go again for it. */
  @Test
  void noPageGoesBackAndForth() {
    register(node.zram, peer);
    PageSpace space = lent(Protection.NONE);
    for (int offset = PAGES; offset < 7 * PAGES; offset++) {
      store(space, offset, 1);
    }
    start(1 << 30);
    while (node.zram.usage().usedBytes() < node.zram.usage().limitBytes() / 100 * 60) {
      node.memory.setLimit(node.memory.limit() - 16_384);
    }
    scheduler.advance(120_000);
    long back = space.counters().repatriated.sum();
    long gone = space.counters().demotions.sum();
    assertTrue(back > 0 && back < PAGES, back + " came back: up to the mark, and no more");
    for (int round = 0; round < 100; round++) {
      int offset = PAGES + round;
      await(space.invalidate(offset));
      scheduler.advance(2_000);
      store(space, offset, 1);
      scheduler.advance(10_000);
    }
    assertEquals(gone, space.counters().demotions.sum(), "none has gone down");
    assertEquals(back, space.counters().repatriated.sum(), "none has come up");
    node.dispatcher.upkeep().stop();
  }

  private void cap(PageSpace space, long bytes) {
    node.dispatcher.setShares(space, new Quota.Shares(RamShare.NONE, RamShare.bytes(bytes)));
  }

  @Test
  void pagesOfACappedAreaComeAsFarAsItsCapAllows() {
    register(node.zram, peer);
    PageSpace space = await(open("a"));
    for (int offset = 0; offset < PAGES; offset++) {
      store(space, offset, 1);
    }
    long all = space.ramTally().zpageBytes();
    demoteAll();
    long cap = all / 2;
    cap(space, cap);
    start(1 << 30);
    scheduler.advance(600_000);
    long back = space.counters().repatriated.sum();
    long inRam = space.ramTally().zpageBytes();
    assertTrue(inRam <= cap / 100 * Repatriation.END_PERCENT, inRam + " of " + cap);
    assertTrue(inRam >= cap / 100 * Repatriation.BEGIN_PERCENT, inRam + " of " + cap);
    long gone = space.counters().demotions.sum();
    scheduler.advance(600_000);
    assertEquals(back, space.counters().repatriated.sum(), "above 70 % of the cap none begins");
    assertEquals(gone, space.counters().demotions.sum(), "none goes down for it");
    cap(space, 4 * all);
    scheduler.advance(200_000);
    assertEquals(PAGES, pagesIn(space, "zram"), "a cap that has room for all");
    assertAll(space);
    node.dispatcher.upkeep().stop();
  }

  private Future<PageSpace> open(String name) {
    return node.dispatcher.open(new SpaceConfig(name, 4096, true, Protection.NONE));
  }

  @Test
  void anAreaWhoseCapIsFullTakesNothingBackAndOthersDo() {
    register(node.zram, peer);
    PageSpace space = lent(Protection.NONE);
    PageSpace other = await(open("b"));
    for (int offset = 0; offset < PAGES; offset++) {
      store(other, offset, 1);
    }
    demoteAll();
    cap(space, 4096);
    start(1 << 30);
    scheduler.advance(60_000);
    assertEquals(PAGES, pagesIn(space, "peer"));
    assertEquals(PAGES, pagesIn(other, "zram"));
    node.dispatcher.upkeep().stop();
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.RamShare;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import org.junit.jupiter.api.Test;

/** Shares of RAM: guaranteed ones, caps, and changes of both. */
class QuotaTest extends DispatchFixture {

  private static final RamShare QUARTER = RamShare.percent(25);

  @Override
  long memoryLimit() {
    return 24L << 20;
  }

  private PageSpace open(String name, RamShare guaranteed, RamShare cap) {
    PageSpace space = node.open(name, Protection.ANY);
    node.dispatcher.setShares(space, new Quota.Shares(guaranteed, cap));
    return space;
  }

  private long limit() {
    return node.zram.usage().limitBytes();
  }

  private static long ram(PageSpace space) {
    return space.ramTally().zpageBytes();
  }

  private int fill(PageSpace space, int pages) {
    for (int i = 0; i < pages; i++) {
      store(space, i, 1);
    }
    scheduler.advance(1_000);
    return pages;
  }

  private void fillTo(PageSpace space, long bytes) {
    for (int i = 0; ram(space) < bytes; i++) {
      store(space, i, 1);
    }
  }

  @Test
  void anAreaAboveItsCapSendsItsOwnPagesDown() {
    register(node.zram, disk);
    PageSpace capped = open("capped", RamShare.NONE, QUARTER);
    PageSpace other = node.open("other", Protection.ANY);
    fill(other, 300);
    fill(capped, 8_000);
    assertTrue(ram(capped) <= limit() / 4, ram(capped) + " of " + limit());
    assertTrue(ram(capped) > limit() / 8, "it may have its share");
    assertEquals(0, pagesIn(other, "disk"));
    for (int i = 0; i < 8_000; i += 17) {
      assertPage(capped, i, 1);
    }
    scheduler.advance(1_000);
    assertTrue(ram(capped) <= limit() / 4, "also after loads have brought pages back");
  }

  @Test
  void whatIsGuaranteedStaysWhileOthersHaveMore() {
    register(node.zram, disk);
    PageSpace guarded = open("guarded", RamShare.percent(30), RamShare.ALL);
    fillTo(guarded, limit() / 5);
    PageSpace other = node.open("other", Protection.ANY);
    fill(other, 14_000);
    assertEquals(0, pagesIn(guarded, "disk"));
    assertTrue(pagesIn(other, "disk") > 0);
  }

  @Test
  void aboveItsGuaranteeAnAreaIsAsGoodAsAnyOther() {
    register(node.zram, disk);
    PageSpace guarded = open("guarded", RamShare.percent(20), RamShare.ALL);
    fill(guarded, 4_000);
    PageSpace other = node.open("other", Protection.ANY);
    fill(other, 14_000);
    assertTrue(pagesIn(guarded, "disk") > 0);
    assertTrue(ram(guarded) > limit() / 100 * 15, "it has " + ram(guarded) + " of " + limit());
  }

  @Test
  void reclaimTakesFromWhoIsAboveTheCapBeforeOthers() {
    register(node.zram, disk);
    PageSpace first = node.open("first", Protection.ANY);
    PageSpace second = node.open("second", Protection.ANY);
    fillTo(first, limit() * 4 / 10);
    fillTo(second, limit() * 4 / 10);
    node.dispatcher.setShares(first, new Quota.Shares(RamShare.NONE, QUARTER));
    scheduler.advance(1_000);
    assertTrue(ram(first) <= limit() / 4);
    assertEquals(0, pagesIn(second, "disk"));
    node.dispatcher.setShares(first, Quota.Shares.NONE);
    long before = pagesIn(first, "disk");
    scheduler.advance(1_000);
    assertEquals(before, pagesIn(first, "disk"), "without a cap it is left alone");
  }

  @Test
  void aShareThatIsTakenAwayIsRelievedInSeveralLanesThoughNobodyStores() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    fillTo(space, limit() * 4 / 10);
    disk.delayMillis = () -> 10;
    RamShare little = RamShare.percent(2);
    node.dispatcher.setShares(space, new Quota.Shares(RamShare.NONE, little));
    int most = 0;
    for (int i = 0; i < 20; i++) {
      scheduler.advance(5);
      most = Math.max(most, node.dispatcher.reclaimState().lanes());
    }
    assertTrue(most > 1, most + " lanes at the most");
    scheduler.advance(10_000);
    assertTrue(ram(space) <= limit() / 50, ram(space) + " of " + limit());
    assertEquals(0, node.dispatcher.reclaimState().lanes());
  }

  @Test
  void aFullAreaIsRefusedWhileOthersStore() {
    register(node.zram, disk);
    disk.capacity = 0;
    PageSpace capped = open("capped", RamShare.NONE, RamShare.percent(10));
    PageSpace other = node.open("other", Protection.ANY);
    int stored = 0;
    TmemFullException full = null;
    while (full == null) {
      long before = scheduler.nanoTime();
      try {
        store(capped, stored, 1);
        stored++;
      } catch (TmemFullException e) {
        full = e;
      }
      assertTrue(scheduler.nanoTime() - before < 1_000_000_000, "within a second");
      assertTrue(ram(capped) < limit() / 2, "the cap is not kept");
    }
    fill(other, 200);
    for (int i = 0; i < stored; i++) {
      assertPage(capped, i, 1);
    }
    await(capped.invalidateAll());
    store(capped, 1, 2);
    assertPage(capped, 1, 2);
  }

  @Test
  void sharesThatCannotBeKeptAreRefusedAndChangeNothing() {
    register(node.zram, disk);
    PageSpace one = open("one", RamShare.percent(60), RamShare.ALL);
    PageSpace two = open("two", RamShare.percent(40), RamShare.ALL);
    refused(two, RamShare.percent(41), RamShare.ALL);
    refused(two, RamShare.percent(30), RamShare.percent(29));
    refused(two, RamShare.bytes(limit()), RamShare.ALL);
    assertEquals(RamShare.percent(40), two.quota().shares().guaranteed());
    await(node.dispatcher.close(one));
    node.dispatcher.setShares(two, new Quota.Shares(RamShare.percent(100), RamShare.ALL));
  }

  private void refused(PageSpace space, RamShare guaranteed, RamShare cap) {
    TmemException refused =
        assertThrows(
            TmemException.class,
            () -> node.dispatcher.setShares(space, new Quota.Shares(guaranteed, cap)));
    assertEquals(ErrorCode.INVALID_OPTION, refused.code());
  }
}

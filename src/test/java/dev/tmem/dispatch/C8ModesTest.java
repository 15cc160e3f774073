package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C8: writethrough, exclusive loads, shrink, freeze. */
class C8ModesTest extends DispatchFixture {

  private PageSpace space;

  @BeforeEach
  void open() {
    register(node.zram, peer, disk);
    space = node.open("a", Protection.ANY);
  }

  @Test
  void aTakeOfALentPageIsOneRoundTripAndItsCommitWaitsForNobody() {
    for (int offset = 0; offset < 10; offset++) {
      store(space, offset, 1);
    }
    demoteAll();
    assertEquals(10, pagesIn(space, "peer"));
    int gets = peer.gets.get();
    int puts = peer.puts.get();
    peer.delayMillis = () -> 50;
    Take take = take(space, 1);
    assertEquals(gets + 1, peer.gets.get(), "the get; the page stays at its lender");
    assertEquals(10, peer.size());
    assertTrue(take.commit(), "at once");
    assertEquals(9, peer.size(), "freed, and nobody waits for an answer");
    assertEquals(gets + 1, peer.gets.get());
    assertEquals(puts, peer.puts.get());
    assertAbsent(space, 1);
    assertEquals(gets + 1, peer.gets.get(), "what was taken is not asked for");
  }

  @Test
  void writethroughCompletesWhenTheLowestTierHasThePage() {
    space.modes().setWritethrough(true);
    assertFalse(space.storeNow(1, page(1, 1)));
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> store = space.store(1, page(1, 1));
    scheduler.settle();
    assertFalse(store.isComplete());
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    await(store);
    assertEquals(1, pagesIn(space, "zram"));
    assertEquals(1, extrasIn(space, "disk"));
    int gets = disk.gets.get();
    assertPage(space, 1, 1);
    assertEquals(gets, disk.gets.get(), "it is loaded from RAM");
    demoteAll();
    assertEquals(1, pagesIn(space, "disk"), "demoting it is free");
    assertEquals(0, peer.size());
    assertPage(space, 1, 1);
  }

  @Test
  void aWritethroughThatTheLowestTierRefusesLeavesThePageAbsentEverywhere() {
    store(space, 1, 1);
    space.modes().setWritethrough(true);
    disk.capacity = 0;
    assertThrows(TmemFullException.class, () -> store(space, 1, 2));
    assertAbsent(space, 1);
    assertEquals(0, node.zram.usage().usedBytes());
    assertEquals(0, space.counters().pages());
  }

  @Test
  void sameFilledPagesAreWrittenThroughToo() {
    space.modes().setWritethrough(true);
    await(space.store(1, java.nio.ByteBuffer.allocate(4096)));
    assertEquals(1, disk.size());
    assertEquals(0, load(space, 1)[17]);
  }

  @Test
  void aStoreToAFrozenSpaceRemovesThePageAndSaysSo() {
    store(space, 1, 1);
    store(space, 2, 1);
    demoteAll();
    space.modes().setFrozen(true);
    assertFalse(space.storeNow(2, page(2, 2)), "nothing has changed");
    assertPage(space, 2, 1);
    TmemException error = assertThrows(TmemException.class, () -> store(space, 1, 2));
    assertEquals(ErrorCode.FROZEN, error.code());
    assertAbsent(space, 1);
    assertPage(space, 2, 1);
    assertEquals(1, space.counters().pages());
    assertEquals(1, space.numbers().get("failed_stores"));
    space.modes().setFrozen(false);
    store(space, 1, 3);
    assertPage(space, 1, 3);
  }

  @Test
  void aFrozenNodeFreezesItsSpacesAndThoseToCome() {
    node.dispatcher.setFrozen(true);
    PageSpace later = node.open("b", Protection.ANY);
    assertThrows(TmemException.class, () -> store(space, 1, 1));
    assertThrows(TmemException.class, () -> store(later, 1, 1));
    later.modes().setFrozen(true);
    node.dispatcher.setFrozen(false);
    store(space, 1, 1);
    assertThrows(TmemException.class, () -> store(later, 1, 1), "it is frozen itself");
    later.modes().setFrozen(false);
    store(later, 1, 1);
  }

  @Test
  void aStoreThatStandsInLineFindsTheSpaceFrozen() {
    space.modes().setWritethrough(true);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> first = space.store(1, page(1, 1));
    Future<Void> second = space.store(1, page(1, 2));
    space.modes().setFrozen(true);
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    scheduler.settle();
    assertTrue(first.succeeded(), "it had begun before");
    assertTrue(second.failed());
    assertAbsent(space, 1);
  }

  @Test
  void anExclusiveLoadFromRamTakesThePageAway() {
    space.modes().setExclusive(true);
    store(space, 1, 1);
    ByteBuffer into = ByteBuffer.allocate(4096);
    assertEquals(PageSpace.TOO_SMALL, space.loadNow(1, into, 0, 10));
    assertEquals(4096, space.loadNow(1, into, 0, 4096));
    assertArrayEquals(Pages.of(1, 1, 1, 4096), into.array());
    assertEquals(PageSpace.ABSENT, space.loadNow(1, into, 0, 4096));
    assertEquals(0, space.counters().pages());
    store(space, 2, 1);
    demoteAll();
    assertEquals(PageSpace.ELSEWHERE, space.loadNow(2, into, 0, 4096));
  }

  @Test
  void whatWasStoredBeforeIsWrittenThroughByCommand() {
    for (int i = 0; i < 400; i++) {
      store(space, i, i);
    }
    await(node.dispatcher.shrink("zram", 200));
    long lent = pagesIn(space, "peer");
    assertTrue(lent > 0);
    space.modes().setWritethrough(true);
    store(space, 1, 500);
    Map<String, Long> result = await(node.dispatcher.writethroughSync(space));
    assertEquals(0, result.get("left"));
    assertEquals(400, pagesIn(space, "disk") + extrasIn(space, "disk"));
    assertEquals(lent, pagesIn(space, "peer"), "they stay where they are");
    assertEquals(0, await(node.dispatcher.writethroughSync(null)).get("pages"), "all is done");
    for (int i = 0; i < 400; i++) {
      assertPage(space, i, i == 1 ? 500 : i);
    }
  }

  @Test
  void aPageStoredDuringASyncIsNotTakenForTheOlderOne() {
    store(space, 1, 1);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Map<String, Long>> sync = node.dispatcher.writethroughSync(space);
    scheduler.settle();
    store(space, 1, 2);
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    assertEquals(0, await(sync).get("pages"));
    assertPage(space, 1, 2);
    scheduler.advance(1_000);
    assertEquals(0, disk.size());
  }

  @Test
  void whatTheLowestTierRefusesIsLeftAndSaidSo() {
    store(space, 1, 1);
    store(space, 2, 1);
    disk.capacity = 1;
    Map<String, Long> result = await(node.dispatcher.writethroughSync(null));
    assertEquals(Map.of("pages", 1L, "left", 1L), result);
  }

  @Test
  void longWorkShowsHowFarItIsAndStops() {
    for (int i = 0; i < 2_000; i++) {
      await(space.store(i, ByteBuffer.wrap(Pages.of(1, i, 1, 60))));
    }
    peer.delayMillis = () -> 10;
    Future<Long> shrink = node.dispatcher.shrink("zram", 0);
    scheduler.advance(25);
    LongWork work = node.dispatcher.longWorks().list().get(0);
    assertEquals("shrink zram", work.what());
    assertEquals(2_000, work.total());
    assertTrue(work.done() > 0 && work.done() < 2_000, work.done() + " are done");
    node.dispatcher.longWorks().stop(work.number());
    long moved = await(shrink);
    assertTrue(moved > 0 && moved < 2_000, moved + " were moved");
    assertEquals(moved, work.done());
    assertEquals(List.of(), node.dispatcher.longWorks().list());
    assertThrows(TmemException.class, () -> node.dispatcher.longWorks().stop(work.number()));
    peer.delayMillis = () -> 0;
  }

  @Test
  void aTakenPageIsAbsentUntilItIsPutBack() {
    store(space, 1, 1);
    demoteAll();
    Take take = take(space, 1);
    assertAbsent(space, 1);
    assertFalse(await(space.contains(1)));
    assertNull(await(space.take(1)));
    assertEquals(1, space.counters().pages(), "it is charged until its slot is free");
    assertTrue(take.putBack());
    assertTrue(take.putBack(), "idempotent");
    assertTrue(take.commit(), "the first decision stands");
    assertPage(space, 1, 1);
  }

  @Test
  void aCommittedTakeFreesEveryCopy() {
    store(space, 1, 1);
    demoteAll();
    Take take = take(space, 1);
    assertEquals(4096, take.loaded().length());
    assertTrue(take.commit());
    scheduler.advance(1_000);
    assertEquals(0, peer.size() + disk.size());
    assertEquals(0, space.counters().pages());
  }

  @Test
  void aStoreEndsATake() {
    store(space, 1, 1);
    Take take = take(space, 1);
    store(space, 1, 2);
    assertFalse(take.commit());
    assertPage(space, 1, 2);
  }

  @Test
  void anInvalidateEndsATake() {
    store(space, 1, 1);
    Take take = take(space, 1);
    await(space.invalidate(1));
    assertFalse(take.putBack());
    assertAbsent(space, 1);
  }

  @Test
  void aTakeThatIsForgottenIsPutBack() {
    store(space, 1, 1);
    Take take = take(space, 1);
    scheduler.advance(Take.TIMEOUT_MILLIS + 1);
    assertPage(space, 1, 1);
    assertTrue(take.putBack(), "that is what was decided");
  }

  @Test
  void shrinkDemotesUntilSoManyRemain() {
    for (int i = 0; i < 500; i++) {
      store(space, i, 1);
    }
    long same = space.counters().samePages();
    await(node.dispatcher.shrink("zram", 100));
    assertEquals(100, pagesIn(space, "zram") - same);
    await(node.dispatcher.shrink("peer", 50));
    assertEquals(50, pagesIn(space, "peer") + extrasIn(space, "peer"));
    for (int i = 0; i < 500; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void shrinkKeepsToTheLargestBatchOfABackend() {
    PageSpace large = node.open("b", Protection.ANY);
    // A batch nearly complete, and page tables whose blocks hold as much again and more.
    for (int i = 0; i < 9_800; i++) {
      PageSpace target = i < 120 ? space : large;
      await(target.store(i, java.nio.ByteBuffer.wrap(Pages.of(1, i, 1, 60))));
    }
    demoteAll();
    long moved = await(node.dispatcher.shrink("peer", 0));
    assertTrue(moved > 5_000, moved + " pages");
  }
}

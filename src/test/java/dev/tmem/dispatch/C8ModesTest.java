package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C8: writethrough, exclusive loads, shrink. */
class C8ModesTest extends DispatchFixture {

  private PageSpace space;

  @BeforeEach
  void open() {
    register(node.zram, peer, disk);
    space = node.open("a", Protection.ANY);
  }

  @Test
  void writethroughCompletesWhenTheLowestTierHasThePage() {
    space.setWritethrough(true);
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
    space.setWritethrough(true);
    disk.capacity = 0;
    assertThrows(TmemFullException.class, () -> store(space, 1, 2));
    assertAbsent(space, 1);
    assertEquals(0, node.zram.usage().usedBytes());
    assertEquals(0, space.counters().pages());
  }

  @Test
  void sameFilledPagesAreWrittenThroughToo() {
    space.setWritethrough(true);
    await(space.store(1, java.nio.ByteBuffer.allocate(4096)));
    assertEquals(1, disk.size());
    assertEquals(0, load(space, 1)[17]);
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

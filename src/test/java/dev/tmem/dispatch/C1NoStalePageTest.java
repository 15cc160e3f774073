package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C1: when a store or an invalidate has completed, no later load returns older content. */
class C1NoStalePageTest extends DispatchFixture {

  private PageSpace space;

  @BeforeEach
  void open() {
    register(node.zram, peer, disk);
    space = node.open("a", Protection.ANY);
  }

  @Test
  void aStoreDuringADemotionWins() {
    store(space, 1, 1);
    peer.mood = TwinBackend.Mood.HANGING;
    Future<Long> shrink = node.dispatcher.shrink("zram", 0);
    scheduler.settle();
    assertFalse(peer.hanging.isEmpty(), "the demotion is under way");
    store(space, 1, 2);
    peer.mood = TwinBackend.Mood.WELL;
    peer.hanging.forEach(Runnable::run);
    await(shrink);
    assertPage(space, 1, 2);
    scheduler.advance(1_000);
    assertEquals(0, peer.size(), "the copy of the old version is freed");
    assertEquals(0, disk.size());
  }

  @Test
  void anInvalidateDuringADemotionWins() {
    store(space, 1, 1);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Long> shrink = node.dispatcher.shrink("zram", 0);
    scheduler.settle();
    await(space.invalidate(1));
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    await(shrink);
    assertAbsent(space, 1);
    scheduler.advance(1_000);
    assertEquals(0, peer.size() + disk.size());
  }

  @Test
  void aFetchThatIsOvertakenByAStoreIsNotServedToLaterLoads() {
    store(space, 1, 1);
    demoteAll();
    peer.mood = TwinBackend.Mood.HANGING;
    Future<@Nullable Loaded> early = space.load(1);
    store(space, 1, 2);
    Future<@Nullable Loaded> late = space.load(1);
    assertTrue(late.succeeded(), "the new version lies in RAM");
    peer.mood = TwinBackend.Mood.WELL;
    peer.hanging.forEach(Runnable::run);
    assertNotNull(await(early), "the early load gets the version it found or a later one");
    assertPage(space, 1, 2);
  }

  @Test
  void aFetchThatIsOvertakenByAnInvalidateLeavesNothingBehind() {
    store(space, 1, 1);
    demoteAll();
    peer.mood = TwinBackend.Mood.HANGING;
    Future<@Nullable Loaded> early = space.load(1);
    await(space.invalidate(1));
    assertAbsent(space, 1);
    peer.mood = TwinBackend.Mood.WELL;
    peer.hanging.forEach(Runnable::run);
    await(early);
    assertAbsent(space, 1);
  }

  @Test
  void aFailedStoreLeavesThePageAbsent() {
    store(space, 1, 1);
    demoteAll();
    node.memory.setLimit(1);
    peer.capacity = 0;
    disk.capacity = 0;
    assertThrows(TmemFullException.class, () -> store(space, 1, 2));
    assertAbsent(space, 1);
    node.memory.setLimit(memoryLimit());
  }

  @Test
  void operationsOnAPageThatIsBeingStoredTakeEffectInOrder() {
    space.modes().setWritethrough(true);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> first = space.store(1, page(1, 1));
    Future<@Nullable Loaded> afterFirst = space.load(1);
    Future<Void> second = space.store(1, page(1, 2));
    Future<@Nullable Loaded> afterSecond = space.load(1);
    Future<Void> gone = space.invalidate(1);
    Future<Boolean> contains = space.contains(1);
    scheduler.settle();
    assertFalse(afterFirst.isComplete(), "it waits for the store before it");
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    scheduler.settle();
    assertTrue(first.succeeded() && second.succeeded() && gone.succeeded());
    assertEquals(Pages.of(1, 1, 1, 4096)[5], bytes(afterFirst)[5]);
    assertEquals(Pages.of(1, 1, 2, 4096)[5], bytes(afterSecond)[5]);
    assertFalse(contains.result());
    scheduler.advance(1_000);
    assertEquals(0, disk.size());
  }

  @Test
  void aStoreThatWaitsForMemoryForItsSlotIsNotOvertaken() {
    node.memory.setLimit(1);
    Future<Void> first = space.store(1, page(1, 1));
    assertFalse(first.isComplete(), "there is no memory for a slot");
    node.memory.setLimit(memoryLimit());
    Future<Void> second = space.store(1, page(1, 2));
    Future<@Nullable Loaded> load = space.load(1);
    scheduler.advance(1_000);
    assertTrue(first.succeeded() && second.succeeded());
    assertEquals(Pages.of(1, 1, 2, 4096)[5], bytes(load)[5]);
    assertPage(space, 1, 2);
  }

  @Test
  void closingAnAreaEndsTheStoresThatWaitForMemoryForTheirSlots() {
    node.memory.setLimit(1);
    Future<Void> first = space.store(1, page(1, 1));
    Future<Void> second = space.store(1, page(1, 2));
    Future<Long> closed = node.dispatcher.close(space);
    scheduler.advance(1_000);
    assertTrue(first.failed() && second.failed() && closed.succeeded());
    node.memory.setLimit(memoryLimit());
  }

  @Test
  void whoHearsOfAnOperationDoesNotOvertakeThoseInLine() {
    space.modes().setWritethrough(true);
    disk.mood = TwinBackend.Mood.HANGING;
    space.store(1, page(1, 1));
    Future<@Nullable Loaded> load = space.load(1);
    Future<Void> third = load.compose(loaded -> space.store(1, page(1, 4)));
    Future<Void> second = space.store(1, page(1, 2));
    scheduler.settle();
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    scheduler.settle();
    assertTrue(second.succeeded() && third.succeeded());
    assertPage(space, 1, 4);
  }

  @Test
  void aStoreThatEndsDuringAnInvalidateOfTheAreaDoesNotEscapeIt() {
    long other = 2;
    while (space.stripe(other) != space.stripe(1)) {
      other++;
    }
    store(space, other, 1);
    demoteAll();
    space.modes().setWritethrough(true);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> store = space.store(1, page(1, 1));
    scheduler.settle();
    disk.mood = TwinBackend.Mood.WELL;
    List<Runnable> answers = new ArrayList<>(disk.hanging);
    disk.onFree =
        () -> {
          answers.forEach(Runnable::run);
          answers.clear();
        };
    Future<Void> gone = space.invalidateAll().mapEmpty();
    await(gone);
    assertTrue(store.succeeded());
    disk.onFree = () -> {};
    assertAbsent(space, 1);
  }

  private static byte[] bytes(Future<@Nullable Loaded> load) {
    Loaded loaded = load.result();
    assertNotNull(loaded);
    return loaded.bytes();
  }

  @Test
  void aPutAnsweredAfterItsDeadlineIsFreed() {
    store(space, 1, 1);
    peer.mood = TwinBackend.Mood.HANGING;
    Future<Long> shrink = node.dispatcher.shrink("zram", 0);
    await(shrink);
    assertEquals(1, pagesIn(space, "disk"), "the hanging peer counts as refusing");
    peer.mood = TwinBackend.Mood.WELL;
    peer.hanging.forEach(Runnable::run);
    scheduler.advance(1_000);
    assertEquals(0, peer.size(), "its late copy is freed");
    assertPage(space, 1, 1);
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import dev.tmem.backend.LossDomain;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** C6: areas are opened and backends registered in any order, at any time. */
class C6LazyInitialisationTest extends DispatchFixture {

  @Test
  void withoutBackendsStoresAreRefusedAndLoadsMiss() {
    PageSpace space = node.open("a", Protection.ANY);
    assertThrows(TmemFullException.class, () -> store(space, 1, 1));
    assertFalse(space.storeNow(1, page(1, 1)));
    assertAbsent(space, 1);
    await(space.invalidate(1));
    assertEquals(1, space.counters().failedStores.sum());
    assertEquals(1, space.counters().failedLoads.sum());
    assertEquals(0, space.counters().invalidates.sum());
  }

  @Test
  void aBackendThatComesLateTakesPagesOfAreasThatWereOpen() {
    PageSpace space = node.open("a", Protection.ANY);
    register(disk);
    store(space, 1, 1);
    assertEquals(1, pagesIn(space, "disk"));
    register(node.zram);
    store(space, 2, 1);
    assertEquals(1, pagesIn(space, "zram"));
    assertPage(space, 1, 1);
    assertPage(space, 2, 1);
  }

  @Test
  void anAreaOpenedBetweenSnapshotAndPublicationIsMended() {
    PageSpace before = node.open("before", Protection.ANY);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> registration = node.dispatcher.register(disk);
    PageSpace between = node.open("between", Protection.ANY);
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    await(registration);
    assertTrue(before.chain().isReady(backend("disk")));
    assertTrue(between.chain().isReady(backend("disk")));
    store(between, 1, 1);
    assertPage(between, 1, 1);
  }

  @Test
  void anAreaClosedBetweenSnapshotAndPublicationIsMended() {
    PageSpace closing = node.open("closing", Protection.ANY);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> registration = node.dispatcher.register(disk);
    await(node.dispatcher.close(closing));
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    await(registration);
    assertTrue(disk.invalidated.contains(closing.number()));
  }

  @Test
  void twoRegistrationsMayRace() {
    PageSpace space = node.open("a", Protection.ANY);
    peer.mood = TwinBackend.Mood.HANGING;
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> first = node.dispatcher.register(peer);
    Future<Void> second = node.dispatcher.register(disk);
    disk.hanging.forEach(Runnable::run);
    peer.hanging.forEach(Runnable::run);
    await(first);
    await(second);
    assertTrue(space.chain().isReady(backend("peer")) && space.chain().isReady(backend("disk")));
    assertEquals(2, node.dispatcher.backendInfos().size());
  }

  @Test
  void aBackendWhoseInitFailsIsSkippedForThatAreaAndTriedAgain() {
    disk.mood = TwinBackend.Mood.FAILING;
    PageSpace space = node.open("a", Protection.ANY);
    register(node.zram, disk);
    assertFalse(space.chain().isReady(backend("disk")));
    store(space, 1, 1);
    disk.mood = TwinBackend.Mood.WELL;
    PageSpace other = node.open("b", Protection.ANY);
    assertTrue(other.chain().isReady(backend("disk")));
    scheduler.advance(10_000);
    assertTrue(space.chain().isReady(backend("disk")), "it was asked again");
    demoteAll();
    assertEquals(1, pagesIn(space, "disk"));
  }

  @Test
  void aBackendWhoseInitHangsDoesNotHoldUpTheArea() {
    register(node.zram);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> registration = node.dispatcher.register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    assertPage(space, 1, 1);
    await(registration);
    disk.mood = TwinBackend.Mood.WELL;
    scheduler.advance(30_000);
    assertTrue(space.chain().isReady(backend("disk")));
  }

  @Test
  void anInitThatFailsForOneAreaIsCountedAndTriedAgainAndConcernsNoOther() {
    disk.hated = "hated";
    PageSpace hated = node.open("hated", Protection.ANY);
    PageSpace liked = node.open("liked", Protection.ANY);
    register(disk);
    assertThrows(TmemFullException.class, () -> store(hated, 1, 1));
    store(liked, 1, 1);
    assertPage(liked, 1, 1);
    scheduler.advance(20_000);
    long failed = node.dispatcher.backendCounters("disk").getOrDefault("failed_inits", -1L);
    assertEquals(5, failed, "once at first, and every five seconds");
    assertEquals("active", node.dispatcher.backendInfos().get(0).state());
    disk.hated = null;
    scheduler.advance(5_000);
    store(hated, 1, 1);
    assertPage(hated, 1, 1);
    assertEquals(2, disk.initialised.size());
  }

  @Test
  void anInitThatThrowsOrAnswersNothingIsOneThatFails() {
    for (var mood : List.of(TwinBackend.Mood.THROWING, TwinBackend.Mood.NO_FUTURE)) {
      TwinBackend odd = new TwinBackend("odd-" + mood, 400, LossDomain.NODE, scheduler);
      PageSpace space = node.open("of-" + mood, Protection.ANY);
      if (mood == TwinBackend.Mood.THROWING) {
        register(odd);
        odd.mood = mood;
        space = node.open("of-it", Protection.ANY);
      } else {
        odd.mood = mood;
        register(odd);
      }
      assertFalse(space.chain().isReady(backend(odd.name())));
      odd.mood = TwinBackend.Mood.WELL;
      scheduler.advance(10_000);
      assertTrue(space.chain().isReady(backend(odd.name())));
    }
  }

  /** The kernel told a backend of the end of an area that it had failed to initialise. */
  @Test
  void aBackendWhoseInitHasFailedDoesNotHearOfTheEnd() {
    PageSpace hated = node.open("hated", Protection.ANY);
    PageSpace liked = node.open("liked", Protection.ANY);
    disk.hated = "hated";
    register(disk);
    await(node.dispatcher.close(hated));
    await(node.dispatcher.close(liked));
    scheduler.advance(60_000);
    assertEquals(Set.of(liked.number()), disk.invalidated);
    assertEquals(1, disk.invalidations.get());
    assertEquals(1L, node.dispatcher.backendCounters("disk").get("failed_inits"), "no more tries");
  }

  @Test
  void anInitThatSucceedsAfterTheEndIsFollowedByTheNewsOfIt() {
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> registration = node.dispatcher.register(disk);
    await(registration);
    await(node.dispatcher.close(space));
    assertEquals(0, disk.invalidations.get());
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    scheduler.settle();
    assertEquals(Set.of(space.number()), disk.invalidated);
    assertEquals(1, disk.invalidations.get());
  }

  @Test
  void anInitThatSucceedsLateIsGoodAllTheSame() {
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = TwinBackend.Mood.HANGING;
    await(node.dispatcher.register(disk));
    assertFalse(space.chain().isReady(backend("disk")));
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    assertTrue(space.chain().isReady(backend("disk")));
  }

  /** The kernel once let stores through as soon as a backend was known. */
  @Test
  void nothingIsPutBeforeTheInitHasRun() {
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> registration = node.dispatcher.register(disk);
    assertThrows(TmemFullException.class, () -> store(space, 1, 1));
    assertEquals(0, disk.largestBatch.get(), "it was not asked");
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    await(registration);
    store(space, 1, 1);
  }

  @Test
  void aNameIsRegisteredOnce() {
    register(disk);
    TwinBackend second = new TwinBackend("disk", 400, LossDomain.NODE, scheduler);
    assertThrows(TmemException.class, () -> await(node.dispatcher.register(second)));
    assertEquals(1, node.dispatcher.backendInfos().size());
  }

  @Test
  void aDeregisteredBackendLeavesItsPagesToTheOthers() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 200; i++) {
      store(space, i, 1);
    }
    demoteAll();
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(spare);
    await(node.dispatcher.deregister("disk"));
    assertEquals(2, node.dispatcher.backendInfos().size());
    for (int i = 0; i < 200; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void aBackendWhosePagesNobodyCanTakeStaysFrozen() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    var error = assertThrows(TmemException.class, () -> await(node.dispatcher.deregister("disk")));
    assertTrue(String.valueOf(error.getMessage()).contains("1 of its pages"));
    assertEquals("frozen", node.dispatcher.backendInfos().get(0).state());
    assertPage(space, 1, 1);
  }

  @Test
  void aBackendThatCannotBeAttachedMayTryAgain() {
    disk.mood = TwinBackend.Mood.THROWING;
    assertThrows(IllegalStateException.class, () -> register(disk));
    disk.mood = TwinBackend.Mood.WELL;
    register(disk);
    assertEquals(1, node.dispatcher.backendInfos().size());
  }

  private RegisteredBackend backend(String name) {
    RegisteredBackend backend = node.dispatcher.backends().named(name);
    if (backend == null) {
      throw new AssertionError(name + " is not registered");
    }
    return backend;
  }
}

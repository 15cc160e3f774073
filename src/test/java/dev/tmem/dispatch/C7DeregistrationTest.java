package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.BackendInfo;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.backend.LossDomain;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** C7: a backend goes only when nothing names it any more, work under way included. */
class C7DeregistrationTest extends DispatchFixture {

  private void letGo(TwinBackend backend) {
    backend.mood = TwinBackend.Mood.WELL;
    backend.hanging.forEach(Runnable::run);
    backend.hanging.clear();
  }

  @Test
  void itWaitsForAStoreThatHasPutACopyThere() {
    register(peer, disk);
    PageSpace space = node.open("a", Protection.ANY);
    space.modes().setWritethrough(true);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Void> store = space.store(1, page(1, 1));
    scheduler.settle();
    assertEquals(1, peer.size());
    Future<Void> gone = node.dispatcher.deregister("peer");
    scheduler.settle();
    assertFalse(gone.isComplete(), "the store has a copy at the peer");
    letGo(disk);
    await(store);
    await(gone);
    assertPage(space, 1, 1);
    assertEquals(1, pagesIn(space, "disk"));
  }

  @Test
  void itWaitsForADemotionThatHasPutACopyThere() {
    register(node.zram, peer, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Long> shrink = node.dispatcher.shrink("zram", 0);
    scheduler.settle();
    assertEquals(1, peer.size());
    Future<Void> gone = node.dispatcher.deregister("peer");
    scheduler.settle();
    assertFalse(gone.isComplete(), "the demotion has a copy at the peer");
    letGo(disk);
    assertEquals(1, await(shrink));
    await(gone);
    assertPage(space, 1, 1);
    assertEquals(1, disk.size());
  }

  @Test
  void itWaitsForAFetchThatHasACopyThere() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    demoteAll();
    disk.mood = TwinBackend.Mood.HANGING;
    Future<@Nullable Loaded> load = space.load(1);
    store(space, 1, 2);
    disk.mood = TwinBackend.Mood.WELL;
    Future<Void> gone = node.dispatcher.deregister("disk");
    scheduler.settle();
    assertFalse(gone.isComplete(), "the fetch is to free the copy");
    letGo(disk);
    assertNotNull(await(load));
    await(gone);
    assertPage(space, 1, 2);
  }

  /** While it waits for one load another begins, and takes its copy over when the page goes. */
  @Test
  void itWaitsForAFetchThatTookACopyOverWhileItWaited() {
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(disk);
    PageSpace moving = node.open("a", Protection.ANY);
    PageSpace space =
        await(
            node.dispatcher.open(
                new SpaceConfig("b", 4096, true, Protection.ANY, List.of("disk"))));
    store(moving, 1, 1);
    store(space, 2, 1);
    store(space, 3, 1);
    register(spare);
    spare.mood = TwinBackend.Mood.HANGING;
    Future<Void> gone = node.dispatcher.deregister("disk");
    scheduler.settle();
    disk.mood = TwinBackend.Mood.HANGING;
    Future<@Nullable Loaded> first = space.load(2);
    letGo(spare);
    scheduler.advance(5_000);
    Future<@Nullable Loaded> second = space.load(3);
    await(space.invalidate(2));
    await(space.invalidate(3));
    scheduler.advance(6_000);
    assertTrue(first.isComplete(), "it was given up");
    assertFalse(gone.isComplete(), "the second has a copy there");
    letGo(disk);
    assertNotNull(await(second));
    await(gone);
    assertPage(moving, 1, 1);
  }

  @Test
  void aSecondRequestIsRefusedWhileTheFirstIsUnderWay() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    Future<Void> first = node.dispatcher.deregister("disk");
    assertThrows(TmemException.class, () -> await(node.dispatcher.deregister("disk")));
    await(first);
    assertTrue(first.succeeded());
    register(peer);
    assertPage(space, 1, 1);
    demoteAll();
    assertPage(space, 1, 1);
  }

  @Test
  void whatIsLeftCanBeWatchedAndItStaysWhenNobodyCanTakeTheRest() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 1_000; i++) {
      store(space, i, 1);
    }
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(spare);
    spare.capacity = 700;
    spare.delayMillis = () -> 1;
    Future<Void> gone = node.dispatcher.deregister("disk");
    List<Long> left = new ArrayList<>();
    while (!gone.isComplete()) {
      scheduler.advance(1);
      left.add(info("disk").pages());
      assertTrue(gone.isComplete() || info("disk").state().equals("draining"));
    }
    assertTrue(left.getFirst() > 500 && left.stream().distinct().count() > 4, left::toString);
    assertEquals(300, left.getLast());
    TmemException refused = assertThrows(TmemException.class, () -> await(gone));
    assertTrue(String.valueOf(refused.getMessage()).contains("300 of its pages"));
    assertEquals("frozen", info("disk").state());
    assertEquals("the others cannot take 300 of its pages", info("disk").reason());
    scheduler.advance(600_000);
    assertEquals("frozen", info("disk").state(), "nobody thaws it but an administrator");
    node.dispatcher.setFrozen("disk", false);
    store(space, 2_000, 1);
    assertEquals(301, pagesIn(space, "disk"));
    spare.capacity = Long.MAX_VALUE;
    await(node.dispatcher.deregister("disk"));
    for (int i = 0; i < 1_000; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void copiesItHasLostDoNotKeepIt() {
    register(peer, disk);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 20; i++) {
      store(space, i, 1);
    }
    assertEquals(20, extrasIn(space, "disk"));
    disk.mood = TwinBackend.Mood.FORGETFUL;
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(spare);
    await(node.dispatcher.deregister("disk"));
    assertEquals(0, space.counters().pagesLost.sum(), "the peer has them");
    for (int i = 0; i < 20; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void aPageThatIsTakenMovesAsWell() {
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(disk, spare);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    store(space, 2, 1);
    Take first = take(space, 1);
    Take second = take(space, 2);
    await(node.dispatcher.deregister("disk"));
    assertAbsent(space, 1);
    assertTrue(first.putBack() && second.commit());
    assertPage(space, 1, 1);
    assertAbsent(space, 2);
    assertEquals(1, spare.size());
  }

  @Test
  void aReplyThatComesAfterItHasGoneIsDropped() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    disk.mood = TwinBackend.Mood.HANGING;
    Future<Long> shrink = node.dispatcher.shrink("zram", 0);
    scheduler.settle();
    await(node.dispatcher.deregister("disk"));
    assertEquals(0, await(shrink), "its time was over");
    letGo(disk);
    scheduler.settle();
    assertPage(space, 1, 1);
    assertEquals(1, pagesIn(space, "zram"));
  }

  @Test
  void oneThatHangsIsNotWaitedForWithoutEnd() {
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(disk, spare);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 300; i++) {
      store(space, i, 1);
    }
    disk.mood = TwinBackend.Mood.HANGING;
    assertThrows(TmemException.class, () -> await(node.dispatcher.deregister("disk")));
    assertEquals("frozen", info("disk").state());
    letGo(disk);
    await(node.dispatcher.deregister("disk"));
    for (int i = 0; i < 300; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void aCloseThatFailsOrHangsDoesNotKeepItInTheChain() {
    for (boolean hangs : new boolean[] {true, false}) {
      TwinBackend odd =
          new TwinBackend("odd", 400, LossDomain.NODE, scheduler) {
            @Override
            public Future<Void> close() {
              return hangs ? Promise.<Void>promise().future() : Future.failedFuture("cannot");
            }
          };
      register(odd);
      await(node.dispatcher.deregister("odd"));
      assertEquals(0, node.dispatcher.backendInfos().size());
    }
  }

  private BackendInfo info(String name) {
    return node.dispatcher.backendInfos().stream()
        .filter(info -> info.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void itIsNotClosedInTheMiddleOfAFree() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    demoteAll();
    List<Future<Void>> gone = new ArrayList<>();
    disk.onFree =
        () -> {
          disk.onFree = () -> {};
          gone.add(node.dispatcher.deregister("disk"));
          scheduler.settle();
          assertFalse(gone.getFirst().isComplete(), "a free is being made");
          assertEquals(1, disk.size());
        };
    store(space, 1, 2);
    await(gone.getFirst());
    assertEquals(0, disk.doubleFrees.get());
    assertPage(space, 1, 2);
  }

  @Test
  void itShowsHowFarItIsAndCanBeStopped() {
    register(peer, disk);
    PageSpace space = node.open("a", Protection.NONE);
    for (int i = 0; i < 1_000; i++) {
      store(space, i, 1);
    }
    disk.delayMillis = () -> 10;
    Future<Void> gone = node.dispatcher.deregister("peer");
    scheduler.advance(25);
    LongWork work = node.dispatcher.longWorks().list().getFirst();
    assertEquals("deregister peer", work.what());
    assertEquals(1_000, work.total());
    assertTrue(work.done() > 0 && work.done() < 1_000, work.done() + " are done");
    node.dispatcher.longWorks().stop(work.number());
    assertThrows(TmemException.class, () -> await(gone));
    assertEquals(1_000, peer.size() + disk.size());
    assertEquals(work.done(), disk.size());
    BackendInfo info = node.dispatcher.backendInfos().getFirst();
    assertEquals("frozen", info.state());
    assertTrue(info.reason().contains("stopped"), info.reason());
    await(node.dispatcher.deregister("peer"));
    assertPage(space, 999, 1);
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemException;
import io.vertx.core.Future;
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
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.PageUnavailableException;
import dev.tmem.Protection;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A fetch asks for the page's other copy if the first one does not come in time. */
class HedgeTest extends DispatchFixture {

  private PageSpace space;

  @BeforeEach
  void lend() {
    register(node.zram, peer, disk);
    space = node.open("a", Protection.ANY);
    for (int i = 0; i < 50; i++) {
      store(space, i, 1);
    }
    demoteAll();
    node.dispatcher.hedges().setMillis(200);
  }

  /** Milliseconds that a load of a page took. */
  private long millisOf(long offset) {
    long begun = scheduler.nanoTime();
    assertPage(space, offset, 1);
    return (scheduler.nanoTime() - begun) / 1_000_000;
  }

  @Test
  void aLenderThatDoesNotAnswerIsLeftAtTheDeadline() {
    peer.mood = TwinBackend.Mood.HANGING;
    long millis = millisOf(1);
    assertTrue(millis >= 200 && millis < 210, millis + " ms");
    assertEquals(1, disk.gets.get());
    peer.mood = TwinBackend.Mood.WELL;
    peer.letGo();
    scheduler.settle();
    assertPage(space, 1, 1);
  }

  @Test
  void aQuickOneIsAskedAlone() {
    peer.delayMillis = () -> 100;
    for (int i = 0; i < 50; i++) {
      assertTrue(millisOf(i) < 150);
    }
    scheduler.advance(1_000);
    assertEquals(0, disk.gets.get());
  }

  @Test
  void theFirstAnswerIsTaken() {
    peer.delayMillis = () -> 300;
    disk.delayMillis = () -> 500;
    long millis = millisOf(1);
    assertTrue(millis >= 300 && millis < 310, "the peer was quicker after all: " + millis);
    assertEquals(1, disk.gets.get());
    scheduler.advance(1_000);
  }

  @Test
  void whenBothFailTheLoadFailsOnce() {
    peer.mood = TwinBackend.Mood.HANGING;
    disk.mood = TwinBackend.Mood.AWAY;
    Future<@Nullable Loaded> load = space.load(1);
    scheduler.advance(1_000);
    assertTrue(!load.isComplete(), "the peer may still answer");
    scheduler.advance(10_000);
    assertThrows(PageUnavailableException.class, () -> await(load));
  }

  @Test
  void aHedgedCopyThatIsDamagedDoesNotEndTheFetch() {
    peer.delayMillis = () -> 400;
    disk.mood = TwinBackend.Mood.DAMAGED;
    long millis = millisOf(1);
    assertTrue(millis >= 400, "the peer's is waited for: " + millis);
    disk.mood = TwinBackend.Mood.WELL;
  }

  @Test
  void oneFetchServesAllWhoWait() {
    peer.mood = TwinBackend.Mood.HANGING;
    List<Future<@Nullable Loaded>> loads = new ArrayList<>();
    int asked = peer.gets.get();
    for (int i = 0; i < 20; i++) {
      loads.add(space.load(1));
    }
    scheduler.advance(300);
    for (Future<@Nullable Loaded> load : loads) {
      assertNotNull(load.result());
    }
    assertEquals(1, peer.gets.get() - asked);
    assertEquals(1, disk.gets.get());
  }

  @Test
  void aStoreMeanwhileIsNotOvertaken() {
    peer.mood = TwinBackend.Mood.HANGING;
    Future<@Nullable Loaded> load = space.load(1);
    scheduler.advance(50);
    store(space, 1, 2);
    scheduler.advance(300);
    assertTrue(load.isComplete());
    assertPage(space, 1, 2);
    peer.mood = TwinBackend.Mood.WELL;
    peer.letGo();
    scheduler.advance(1_000);
    assertPage(space, 1, 2);
  }
}

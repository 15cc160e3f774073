package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tmem.FreedPages;
import dev.tmem.Listening;
import dev.tmem.PageFault;
import dev.tmem.PageLostException;
import dev.tmem.SwapAreaOptions;
import dev.tmem.TmemEvent;
import dev.tmem.backend.BackendHost;
import dev.tmem.frontswap.SwapAreas;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens is told to all who listen, once, in order, and never with a lock held. */
class EventsTest extends DispatchFixture {

  private final SwapAreas areas = new SwapAreas(node.dispatcher, 10);
  private final List<String> heard = new ArrayList<>();
  private final List<String> locked = new ArrayList<>();

  @BeforeEach
  void listen() {
    node.dispatcher.notifier().listen(this::hear);
  }

  private void hear(TmemEvent event) {
    heard.add(event.type());
    if (LocksHeld.any(node.dispatcher) || Thread.holdsLock(areas)) {
      locked.add(event.type());
    }
  }

  @Test
  void noLockIsHeldWhileAnyOfThemIsTold() {
    register(node.zram, peer, disk);
    await(areas.swapOn("a", new SwapAreaOptions()));
    PageSpace space = node.dispatcher.spaces().get(0);
    store(space, 1, 1);
    store(space, 2, 1);
    demoteAll();
    peer.mood = TwinBackend.Mood.FORGETFUL;
    disk.mood = TwinBackend.Mood.FORGETFUL;
    assertThrows(PageLostException.class, () -> load(space, 1));
    for (TwinBackend twin : List.of(peer, disk)) {
      twin.mood = TwinBackend.Mood.WELL;
      BackendHost host = twin.host;
      assertNotNull(host);
      await(host.copiesGone(handle -> true, "all is gone"));
    }
    await(areas.reset("a", true));
    await(areas.swapOn("a", new SwapAreaOptions()));
    await(areas.swapOff("a"));
    await(node.dispatcher.deregister("peer"));
    assertEquals(
        List.of(
            "backend-registered",
            "backend-registered",
            "backend-registered",
            "area-opened",
            "page-lost",
            "page-lost",
            "area-closed",
            "area-opened",
            "area-closed",
            "backend-state",
            "backend-gone"),
        heard);
    assertEquals(List.of(), locked, "told with a lock held");
    assertEquals(2, node.dispatcher.notifier().counts().get("page-lost"));
  }

  @Test
  void eachOfManyListenersHearsItOnceUntilItIsClosed() {
    List<String> second = new ArrayList<>();
    Listening broken =
        node.dispatcher
            .notifier()
            .listen(event -> {
              throw new IllegalStateException("this listener is broken");
            });
    Listening listening = node.dispatcher.notifier().listen(event -> second.add(event.type()));
    await(areas.swapOn("a", new SwapAreaOptions()));
    listening.close();
    listening.close();
    await(areas.swapOff("a"));
    broken.close();
    assertEquals(List.of("area-opened", "area-closed"), heard);
    assertEquals(List.of("area-opened"), second);
  }

  @Test
  void everyEventSurvivesTheWayOverTheBus() {
    FreedPages freed = new FreedPages("a", 7, new long[] {1, 1L << 47}, new long[] {5, 6}, 3);
    List<TmemEvent> events =
        List.of(
            new TmemEvent.AreaOpened("a", 7),
            new TmemEvent.AreaClosed("a", 7, 12),
            new TmemEvent.BackendRegistered("zram"),
            new TmemEvent.BackendState("zram", "frozen", "it fails"),
            new TmemEvent.BackendGone("zram"),
            new TmemEvent.PageLost(new PageFault("a", 3, "disk", "it burned")),
            new TmemEvent.PagesFreed(freed));
    for (TmemEvent event : events) {
      TmemEvent read = TmemEvent.fromJson(event.toJson());
      assertNotNull(read);
      assertEquals(event.toJson(), read.toJson());
      assertEquals(event.getClass(), read.getClass());
    }
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.PageLostException;
import dev.tmem.PageUnavailableException;
import dev.tmem.Protection;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.CopyWalk;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C2: an accepted page comes back intact, or its load says why not; never absent, never wrong. */
class C2NoLostPageTest extends DispatchFixture {

  private PageSpace space;

  @BeforeEach
  void open() {
    register(node.zram, peer, disk);
    space = node.open("a", Protection.ANY);
  }

  private void lendPages(int count) {
    for (int i = 0; i < count; i++) {
      store(space, i, 1);
    }
    demoteAll();
  }

  @Test
  void aLentPageAlsoLiesOnDiskBeforeItsRamCopyGoes() {
    disk.mood = TwinBackend.Mood.HANGING;
    store(space, 1, 1);
    var shrink = node.dispatcher.shrink("zram", 0);
    scheduler.advance(100);
    assertEquals(1, pagesIn(space, "zram"), "no second copy yet, so the RAM copy stays");
    disk.mood = TwinBackend.Mood.WELL;
    disk.hanging.forEach(Runnable::run);
    await(shrink);
    assertEquals(1, pagesIn(space, "peer"));
    assertEquals(1, extrasIn(space, "disk"));
  }

  @Test
  void aPeerThatIsLostBeforeTheMoveToItEndsIsNotNamed() {
    disk.mood = TwinBackend.Mood.HANGING;
    store(space, 1, 1);
    var shrink = node.dispatcher.shrink("zram", 0);
    scheduler.advance(100);
    assertEquals(1, peer.size(), "the peer has it, the disk is waited for");
    peer.mood = TwinBackend.Mood.FORGETFUL;
    await(host(peer).copiesGone(handle -> true, "the peer is gone"));
    disk.mood = TwinBackend.Mood.WELL;
    disk.letGo();
    await(shrink);
    assertEquals(0, pagesIn(space, "peer") + extrasIn(space, "peer"), "copies that are gone");
    assertPage(space, 1, 1);
  }

  @Test
  void aPeerThatIsLostBeforeTheStoreInItEndsIsNotNamed() {
    node.dispatcher.setFrozen("zram", true);
    disk.mood = TwinBackend.Mood.HANGING;
    var store = space.store(1, page(1, 1));
    scheduler.advance(1_000);
    assertEquals(1, peer.size(), "the peer has it, the disk is waited for");
    peer.mood = TwinBackend.Mood.FAILING;
    await(host(peer).copiesGone(handle -> true, "the peer is gone"));
    disk.mood = TwinBackend.Mood.WELL;
    disk.letGo();
    await(store);
    assertEquals(0, pagesIn(space, "peer") + extrasIn(space, "peer"), "copies that are gone");
    assertPage(space, 1, 1);
    assertEquals(1, disk.size(), "copies on the disk");
  }

  @Test
  void theLossOfThePeerLosesNothing() {
    lendPages(300);
    peer.mood = TwinBackend.Mood.FORGETFUL;
    await(host(peer).copiesGone(handle -> true, "the peer is gone"));
    for (int i = 0; i < 300; i++) {
      assertPage(space, i, 1);
    }
    assertEquals(0, space.counters().pagesLost.sum());
  }

  @Test
  void aFetchFallsBackToTheOtherCopy() {
    lendPages(20);
    peer.mood = TwinBackend.Mood.AWAY;
    for (int i = 0; i < 20; i++) {
      assertPage(space, i, 1);
    }
    peer.mood = TwinBackend.Mood.DAMAGED;
    for (int i = 0; i < 20; i++) {
      assertPage(space, i, 1);
    }
    peer.mood = TwinBackend.Mood.WELL;
    for (int i = 0; i < 20; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void withoutASecondPlaceThePageStaysInRam() {
    disk.capacity = 0;
    PageSpace insists = node.open("b", Protection.DISK);
    store(insists, 1, 1);
    demoteAll();
    assertEquals(1, pagesIn(insists, "zram"));
    assertEquals(0, peer.size(), "the copy at the peer is given up again");
  }

  @Test
  void aReplicaLiesWithTwoLenders() {
    PageSpace replicated = node.open("b", Protection.REPLICA);
    store(replicated, 1, 1);
    demoteAll();
    assertEquals(1, pagesIn(replicated, "peer"));
    assertEquals(1, extrasIn(replicated, "peer"));
    assertEquals(0, disk.size());
  }

  @Test
  void unreachableIsNotLost() {
    PageSpace bare = node.open("b", Protection.NONE);
    store(bare, 1, 1);
    demoteAll();
    peer.mood = TwinBackend.Mood.AWAY;
    var error = assertThrows(PageUnavailableException.class, () -> load(bare, 1));
    assertEquals("b", error.fault().area());
    assertEquals(1, error.fault().offset());
    assertEquals("peer", error.fault().backend());
    assertEquals(1, await(host(peer).copiesDoubtful(handle -> true, "it left")));
    peer.mood = TwinBackend.Mood.WELL;
    assertPage(bare, 1, 1);
  }

  @Test
  void lostIsSaidAndStaysLostUntilStoredOrInvalidated() {
    PageSpace bare = node.open("b", Protection.NONE);
    for (int i = 1; i <= 3; i++) {
      store(bare, i, 1);
    }
    demoteAll();
    peer.mood = TwinBackend.Mood.FORGETFUL;
    var error = assertThrows(PageLostException.class, () -> load(bare, 1));
    assertEquals("it was forgotten", error.fault().reason());
    await(host(peer).copiesGone(handle -> true, "the peer is gone"));
    peer.mood = TwinBackend.Mood.WELL;
    assertThrows(PageLostException.class, () -> load(bare, 1));
    assertThrows(PageLostException.class, () -> load(bare, 2));
    assertTrue(await(bare.contains(2)), "a lost page is not absent");
    assertEquals(3, bare.counters().pagesLost.sum());
    assertEquals(3, node.events.stream().filter(e -> e.startsWith("page-lost")).count());
    store(bare, 1, 2);
    assertPage(bare, 1, 2);
    await(bare.invalidate(2));
    assertAbsent(bare, 2);
  }

  @Test
  void aLenderThatGoesIsLeftWithNothing() {
    lendPages(300);
    assertEquals(0, await(host(peer).evacuate(handle -> true)));
    scheduler.advance(1_000);
    assertEquals(0, peer.size());
    for (int i = 0; i < 300; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void aCopyThatItsBackendMovedIsFoundAgain() {
    lendPages(1);
    long handle = peer.handles().iterator().next();
    var page = new PageKey(space.number(), 0);
    long epoch = 1;
    assertTrue(host(peer).rehandle(page, epoch, handle, handle), "the page names the handle");
    assertTrue(!host(peer).rehandle(page, epoch + 1, handle, handle), "another version");
    assertTrue(!host(peer).rehandle(page, epoch, handle + 1, handle), "another handle");
    assertPage(space, 0, 1);
  }

  @Test
  void aDoubtfulCopyIsStruckAndFreedWhereThereIsAnother() {
    lendPages(20);
    assertEquals(20, peer.size());
    assertEquals(0, await(host(peer).copiesDoubtful(handle -> true, "it is silent")));
    assertEquals(0, peer.size(), "freed, for when the peer comes back");
    for (int i = 0; i < 20; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void aBackendCanAskWhetherACopyIsInUse() {
    lendPages(1);
    long handle = peer.handles().iterator().next();
    var key = new PageKey(space.number(), 0);
    assertTrue(host(peer).names(new PageRef(key, 1, handle)));
    assertTrue(!host(peer).names(new PageRef(key, 1, handle + 1)));
    assertTrue(!host(peer).names(new PageRef(key, 2, handle)));
    store(space, 0, 2);
    assertTrue(!host(peer).names(new PageRef(key, 1, handle)));
  }

  @Test
  void aBackendIsToldWhichOfItsCopiesPagesName() {
    lendPages(300);
    CopyWalk walk = host(peer).copies();
    Set<Long> handles = new HashSet<>();
    for (List<PageRef> some = walk.next(); some != null; some = walk.next()) {
      some.forEach(ref -> {
        assertTrue(host(peer).names(ref));
        handles.add(ref.handle());
      });
    }
    assertEquals(peer.handles(), handles);
  }

  @Test
  void aCopyThatIsSaidToBeGoneIsStruckIfThePageStillNamesIt() {
    lendPages(1);
    PageSpace bare = node.open("b", Protection.NONE);
    store(bare, 0, 1);
    demoteAll();
    for (PageSpace some : List.of(space, bare)) {
      PageRef ref = only(some);
      var newer = new PageRef(ref.key(), ref.epoch() + 1, ref.handle());
      assertTrue(!host(peer).copyGone(newer, "it lies"));
      assertTrue(host(peer).copyGone(ref, "its lender does not have it"));
      assertTrue(!host(peer).copyGone(ref, "its lender does not have it"));
    }
    assertEquals(0, peer.size(), "it is freed, so that its backend need not count it any more");
    assertPage(space, 0, 1);
    assertThrows(PageLostException.class, () -> load(bare, 0));
  }

  @Test
  void copiesThatAPeerDoesNotHaveAnyMoreAreFreedAsOthersAre() {
    lendPages(20);
    PageSpace bare = node.open("b", Protection.NONE);
    for (int i = 0; i < 20; i++) {
      store(bare, i, 1);
    }
    demoteAll();
    peer.mood = TwinBackend.Mood.FORGETFUL;
    for (int i = 0; i < 10; i++) {
      assertPage(space, i, 1);
      int lost = i;
      assertThrows(PageLostException.class, () -> load(bare, lost));
    }
    assertEquals(20, peer.size());
    assertEquals(0, peer.forgotten(), "found by loads");
    await(host(peer).evacuate(handle -> true));
    assertEquals(0, peer.size());
    assertEquals(0, peer.forgotten(), "found when they were to be moved");
    for (int i = 0; i < 20; i++) {
      assertPage(space, i, 1);
    }
  }

  private PageRef only(PageSpace of) {
    CopyWalk walk = host(peer).copies();
    for (List<PageRef> some = walk.next(); some != null; some = walk.next()) {
      for (PageRef ref : some) {
        if (ref.key().space() == of.number()) {
          return ref;
        }
      }
    }
    throw new AssertionError("no copy of " + of.config().name());
  }

  @Test
  void aCopyOnItsWayIntoASlotIsInUse() {
    store(space, 1, 1);
    disk.mood = TwinBackend.Mood.HANGING;
    var shrink = node.dispatcher.shrink("zram", 0);
    scheduler.advance(100);
    long handle = peer.handles().iterator().next();
    var ref = new PageRef(new PageKey(space.number(), 1), 1, handle);
    assertTrue(host(peer).names(ref), "the move waits for the disk");
    await(shrink);
    assertEquals(0, node.dispatcher.inFlight().size());
  }

  private static BackendHost host(TwinBackend backend) {
    var host = backend.host;
    assertNotNull(host);
    return host;
  }
}

package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.PageUnavailableException;
import dev.tmem.Protection;
import dev.tmem.backend.BackendHost;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What each protection means, and that it is restored after a loss. */
class ProtectionTest extends DispatchFixture {

  private static final int PAGES = 300;

  private PageSpace lent(String name, Protection protection, int pages) {
    PageSpace space = node.open(name, protection);
    for (int i = 0; i < pages; i++) {
      store(space, i, 1);
    }
    demoteAll();
    return space;
  }

  /** Pages come to lie with the peer, and cannot come back to RAM: there is none. */
  private PageSpace lentFromNoRam(Protection protection, int pages) {
    register(peer, disk);
    PageSpace space = node.open("a", protection);
    for (int i = 0; i < pages; i++) {
      store(space, i, 1);
    }
    return space;
  }

  private void freezeForFaults(TwinBackend backend) {
    backend.mood = TwinBackend.Mood.FAILING;
    RegisteredBackend registered = node.dispatcher.backends().named(backend.name());
    assertNotNull(registered);
    for (int i = 0; i < BackendHealth.FAULTS_TO_FREEZE; i++) {
      registered
          .health()
          .fault(BackendHealth.Call.PUT, new BackendFault(BackendFault.Kind.FAILED, "it fails"));
    }
    scheduler.settle();
    assertTrue(!registered.isSound());
  }

  private static BackendHost host(TwinBackend backend) {
    BackendHost host = backend.host;
    assertNotNull(host);
    return host;
  }

  /** Strikes some of the copies, which are the first ones put, as a lender's death does. */
  private void lose(TwinBackend backend, long fromHandle, long toHandle) {
    await(
        host(backend)
            .copiesDoubtful(handle -> handle >= fromHandle && handle < toHandle, "a lender died"));
  }

  private Exposures exposures() {
    return node.dispatcher.exposures();
  }

  private long counted(PageSpace space, String counter) {
    return space.numbers().getOrDefault(counter, -1L);
  }

  private void assertAllThere(PageSpace space, int pages) {
    for (int i = 0; i < pages; i++) {
      assertPage(space, i, 1);
    }
  }

  // ---- What each asks for

  @Test
  void eachProtectionHasItsSecondPlace() {
    register(node.zram, peer, disk);
    PageSpace any = lent("any", Protection.ANY, 5);
    PageSpace onDisk = lent("disk", Protection.DISK, 5);
    PageSpace replica = lent("replica", Protection.REPLICA, 5);
    PageSpace none = lent("none", Protection.NONE, 5);
    for (PageSpace space : List.of(any, onDisk, replica, none)) {
      assertEquals(5, pagesIn(space, "peer"), space.config().name());
      assertEquals(0, counted(space, "under_protected_pages"), space.config().name());
    }
    assertEquals(Map.of("disk", 5L, "peer", 0L), extras(any));
    assertEquals(Map.of("disk", 5L, "peer", 0L), extras(onDisk));
    assertEquals(Map.of("disk", 0L, "peer", 5L), extras(replica));
    assertEquals(Map.of("disk", 0L, "peer", 0L), extras(none));
  }

  private Map<String, Long> extras(PageSpace space) {
    return Map.of("disk", extrasIn(space, "disk"), "peer", extrasIn(space, "peer"));
  }

  @Test
  void anyTakesTheSecondLenderWhereTheDiskIsFull() {
    register(node.zram, peer, disk);
    disk.capacity = 0;
    PageSpace any = lent("any", Protection.ANY, 5);
    assertEquals(Map.of("disk", 0L, "peer", 5L), extras(any));
    PageSpace onDisk = lent("disk", Protection.DISK, 5);
    assertEquals(5, pagesIn(onDisk, "zram"), "it insists, so the pages stay in RAM");
  }

  @Test
  void aPageOnDiskAloneIsSafe() {
    register(node.zram, peer, disk);
    peer.capacity = 0;
    for (Protection protection : Protection.values()) {
      PageSpace space = lent(protection.name(), protection, 5);
      assertEquals(5, pagesIn(space, "disk"), protection.name());
      assertEquals(0, counted(space, "under_protected_pages"), protection.name());
    }
  }

  // ---- After a loss

  @Test
  void aSecondLenderIsFoundInPlaceOfTheLostOne() {
    register(node.zram, peer);
    PageSpace space = lent("a", Protection.REPLICA, PAGES);
    assertEquals(2 * PAGES, peer.size());
    peer.delayMillis = () -> 50;
    await(host(peer).copiesDoubtful(handle -> handle < 128, "a lender died"));
    long exposed = exposures().pages();
    assertTrue(exposed >= 127 && exposed <= 128, "exposed: " + exposed);
    assertEquals(exposed, counted(space, "under_protected_pages"));
    scheduler.until(() -> exposures().pages() == 0);
    assertEquals(0, counted(space, "under_protected_pages"));
    assertEquals(exposed, counted(space, "pages_restored"));
    assertEquals(2 * PAGES, peer.size());
    assertEquals(PAGES, extrasIn(space, "peer"));
    assertAllThere(space, PAGES);
  }

  @Test
  void thoseThatInsistOnTheDiskGetItBack() {
    register(node.zram, peer, disk);
    PageSpace space = lent("a", Protection.DISK, PAGES);
    peer.delayMillis = () -> 50;
    await(host(disk).copiesDoubtful(handle -> handle < 100, "part of the file was lost"));
    assertEquals(100, exposures().pages());
    scheduler.until(() -> exposures().pages() == 0);
    assertEquals(PAGES, extrasIn(space, "disk"));
    assertAllThere(space, PAGES);
  }

  @Test
  void withoutProtectionNothingIsExposed() {
    register(node.zram, peer, disk);
    PageSpace space = lent("a", Protection.NONE, 5);
    await(host(peer).copiesDoubtful(handle -> true, "it is silent"));
    assertEquals(0, counted(space, "under_protected_pages"));
    assertEquals(0, exposures().timeToSafeSeconds());
  }

  @Test
  void aDamagedCopyIsReplaced() {
    register(node.zram, peer, disk);
    PageSpace space = lent("a", Protection.DISK, 1);
    peer.mood = TwinBackend.Mood.AWAY;
    disk.mood = TwinBackend.Mood.DAMAGED;
    assertThrows(PageUnavailableException.class, () -> load(space, 0));
    assertEquals(1, counted(space, "under_protected_pages"), "the copy on disk is struck");
    disk.mood = TwinBackend.Mood.WELL;
    peer.mood = TwinBackend.Mood.WELL;
    scheduler.until(() -> exposures().pages() == 0);
    assertEquals(1, extrasIn(space, "disk"));
    assertPage(space, 0, 1);
  }

  @Test
  void aDiskFrozenForItsFaultsProtectsNothing() {
    PageSpace space = lentFromNoRam(Protection.ANY, PAGES);
    peer.capacity = peer.size();
    freezeForFaults(disk);
    assertEquals(PAGES, exposures().pages());
    assertAllThere(space, 20);
    peer.capacity = Long.MAX_VALUE;
    host(peer).roomFound();
    scheduler.until(() -> exposures().pages() == 0);
    assertEquals(PAGES, extrasIn(space, "peer"), "second lenders");
    assertEquals(
        PAGES, extrasIn(space, "disk"), "the copies on disk stay, for what they are worth");
    assertAllThere(space, PAGES);
  }

  @Test
  void aDiskThatComesBackIsCountedOnAgain() {
    PageSpace space = lentFromNoRam(Protection.DISK, 50);
    freezeForFaults(disk);
    assertEquals(50, exposures().pages());
    disk.mood = TwinBackend.Mood.WELL;
    node.dispatcher.setFrozen("disk", false);
    scheduler.settle();
    assertEquals(0, exposures().pages());
    assertEquals(0, counted(space, "pages_restored"), "nothing was carried for it");
  }

  @Test
  void oneThatIsFrozenByCommandStillProtects() {
    register(node.zram, peer, disk);
    PageSpace space = lent("a", Protection.ANY, 50);
    node.dispatcher.setFrozen("disk", true);
    scheduler.advance(2_000);
    assertEquals(0, counted(space, "under_protected_pages"));
    assertEquals(50, extrasIn(space, "disk"));
  }

  @Test
  void whereNoSecondPlaceHasRoomThePageComesBackToRam() {
    register(node.zram, peer);
    PageSpace space = lent("a", Protection.REPLICA, 100);
    peer.capacity = 100;
    peer.delayMillis = () -> 50;
    await(host(peer).copiesDoubtful(handle -> handle < 100, "a lender died"));
    assertTrue(exposures().pages() > 90);
    scheduler.until(() -> exposures().pages() == 0);
    assertEquals(100, pagesIn(space, "zram"), "in RAM a page dies with its owner alone");
    assertAllThere(space, 100);
  }

  @Test
  void whereNothingHasRoomItIsTriedAgainUntilThereIs() {
    PageSpace space = lentFromNoRam(Protection.DISK, 20);
    disk.capacity = 0;
    lose(disk, 0, 1_000);
    scheduler.advance(60_000);
    assertEquals(20, exposures().pages());
    assertTrue(exposures().timeToSafeSeconds() >= 60, "time to safe");
    assertEquals(exposures().timeToSafeSeconds(), exposures().timeToSafeSeconds(space));
    int asked = peer.gets.get();
    scheduler.advance(60_000);
    assertTrue(peer.gets.get() - asked <= 20 * 10, "not carried about in vain");
    disk.capacity = Long.MAX_VALUE;
    scheduler.advance(10_000);
    assertEquals(0, exposures().pages());
    assertEquals(0, exposures().timeToSafeSeconds());
  }

  @Test
  void theOldestExposureComesFirst() {
    PageSpace space = lentFromNoRam(Protection.DISK, PAGES);
    disk.capacity = 0;
    // scattered over the whole table, the second half first
    for (int wave = 2; wave >= 0; wave--) {
      int third = wave;
      await(host(disk).copiesDoubtful(handle -> handle % 3 == third, "wave " + wave));
      scheduler.advance(5_000);
    }
    List<Integer> waves = exposures().oldestFirst();
    assertEquals(3, waves.size());
    exposures().restorer().setBytesPerSecond(20_000);
    disk.capacity = Long.MAX_VALUE;
    for (int nth = 0; nth < 3; nth++) {
      int oldest = waves.get(nth);
      int next = nth < 2 ? waves.get(nth + 1) : 0;
      long untouched = next == 0 ? 0 : space.counters().exposedPages(next);
      scheduler.until(() -> space.counters().exposedPages(oldest) == 0);
      assertTrue(
          next == 0 || space.counters().exposedPages(next) >= untouched - 128,
          "a later wave did not begin before the earlier one's last batch");
    }
    assertAllThere(space, PAGES);
  }

  @Test
  void restorationKeepsToItsBudget() {
    lentFromNoRam(Protection.DISK, PAGES);
    int bytes = 50_000;
    exposures().restorer().setBytesPerSecond(bytes);
    lose(disk, 0, 1_000);
    long begun = scheduler.nanoTime();
    long zpages = peer.bytes();
    scheduler.until(() -> exposures().pages() == 0);
    double seconds = (scheduler.nanoTime() - begun) / 1e9;
    long lastBatches = 2 * 128 * 4096L;
    assertTrue(
        seconds * bytes >= zpages - lastBatches, zpages + " bytes took " + seconds + " seconds");
  }

  @Test
  void whatIsExposedAllTheTimeTakesNoMemory() {
    PageSpace space = lentFromNoRam(Protection.DISK, PAGES);
    disk.capacity = 0;
    for (int i = 0; i < 40; i++) {
      int nth = i;
      await(host(disk).copiesDoubtful(handle -> handle % 40 == nth, "loss " + i));
      scheduler.advance(2_000);
    }
    assertEquals(PAGES, counted(space, "under_protected_pages"));
    assertTrue(exposures().oldestFirst().size() <= Exposures.WAVES);
    assertTrue(exposures().timeToSafeSeconds() >= 70);
    disk.capacity = Long.MAX_VALUE;
    scheduler.until(() -> exposures().pages() == 0);
    assertAllThere(space, PAGES);
  }

  @Test
  void aPageThatIsStoredOrInvalidatedIsExposedNoMore() {
    PageSpace space = lentFromNoRam(Protection.DISK, 30);
    disk.capacity = 0;
    lose(disk, 0, 1_000);
    assertEquals(30, exposures().pages());
    for (int i = 0; i < 10; i++) {
      disk.capacity = Long.MAX_VALUE;
      store(space, i, 2);
      disk.capacity = 0;
      await(space.invalidate(10 + i));
    }
    assertEquals(10, exposures().pages());
    await(node.dispatcher.close(space));
    assertEquals(0, exposures().pages());
  }
}

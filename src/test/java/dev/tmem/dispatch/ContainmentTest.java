package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.BackendInfo;
import dev.tmem.PageLostException;
import dev.tmem.PageUnavailableException;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import dev.tmem.backend.LossDomain;
import dev.tmem.dispatch.TwinBackend.Mood;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A backend that throws, hangs or lies is contained: nobody waits longer than its time, nobody gets
 * wrong bytes, it is frozen after repeated faults, and thawed when it works again.
 */
class ContainmentTest extends DispatchFixture {

  private static final int FREEZE = BackendHealth.FAULTS_TO_FREEZE;

  private BackendInfo info(String name) {
    return node.dispatcher.backendInfos().stream()
        .filter(info -> info.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private long counter(String name, String counter) {
    return node.dispatcher.backendCounters(name).getOrDefault(counter, -1L);
  }

  /** Stores that go straight to the disk, each with a fault. */
  private void failStores(PageSpace space, int from, int count) {
    for (int i = from; i < from + count; i++) {
      int offset = i;
      assertThrows(TmemFullException.class, () -> store(space, offset, 1));
    }
  }

  private void letGo(TwinBackend backend) {
    List.copyOf(backend.hanging).forEach(Runnable::run);
    backend.hanging.clear();
  }

  // ---- What a put may do

  @ParameterizedTest
  @EnumSource(
      value = Mood.class,
      names = {"FAILING", "THROWING", "NO_FUTURE", "NO_ANSWER", "TOO_FEW", "TOO_MANY"})
  void aPutThatGoesWrongIsARefusal(Mood mood) {
    register(disk);
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(spare);
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = mood;
    store(space, 1, 1);
    assertEquals(1, pagesIn(space, "spare"));
    assertPage(space, 1, 1);
    assertEquals(0, disk.size(), "what it answered is freed");
    assertEquals(1, counter("disk", "failed_calls"));
    assertEquals("active", info("disk").state(), "one fault is not enough");
  }

  @Test
  void aPutThatAnswersTwiceKeepsThePage() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = Mood.TWICE;
    store(space, 1, 1);
    assertEquals(1, disk.size(), "the second answer frees nothing");
    assertPage(space, 1, 1);
    assertEquals(2, counter("disk", "malformed_answers"));
  }

  @Test
  void aPutThatHangsIsFreedWhenItAnswersAfterAll() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = Mood.HANGING;
    assertThrows(TmemFullException.class, () -> store(space, 1, 1));
    assertEquals(1, counter("disk", "late_answers"));
    disk.mood = Mood.WELL;
    letGo(disk);
    assertEquals(0, disk.size());
    assertAbsent(space, 1);
  }

  // ---- What a get may do

  @ParameterizedTest
  @EnumSource(
      value = Mood.class,
      names = {
        "FAILING",
        "THROWING",
        "NO_FUTURE",
        "NO_ANSWER",
        "TOO_FEW",
        "TOO_MANY",
        "NO_ANSWERS",
        "HANGING",
        "AWAY"
      })
  void aGetThatGoesWrongIsUnavailable(Mood mood) {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    disk.mood = mood;
    var error = assertThrows(PageUnavailableException.class, () -> await(space.load(1)));
    assertEquals("disk", error.fault().backend());
    disk.mood = Mood.WELL;
    letGo(disk);
    assertPage(space, 1, 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Mood.class,
      names = {"DAMAGED", "FORGETFUL", "OTHER_PAGE", "WRONG_BYTES", "WRONG_LENGTH"})
  void aCopyThatIsNotThePageIsStruckAndTheOtherOneServes(Mood mood) {
    register(peer, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    assertEquals(1, peer.size() * disk.size());
    peer.mood = mood;
    assertPage(space, 1, 1);
    assertEquals(1, pagesIn(space, "disk"));
    assertEquals(0, pagesIn(space, "peer"));
  }

  @ParameterizedTest
  @EnumSource(
      value = Mood.class,
      names = {"DAMAGED", "FORGETFUL", "OTHER_PAGE", "WRONG_BYTES", "WRONG_LENGTH"})
  void theOnlyCopyThatIsNotThePageMakesItLostForGood(Mood mood) {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    disk.mood = mood;
    assertThrows(PageLostException.class, () -> await(space.load(1)));
    disk.mood = Mood.WELL;
    assertThrows(PageLostException.class, () -> await(space.load(1)));
    assertEquals(true, await(space.contains(1)));
    store(space, 1, 2);
    assertPage(space, 1, 2);
  }

  @Test
  void wrongBytesAreNotMovedElsewhere() {
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(disk, spare);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    for (Mood mood : EnumSet.of(Mood.OTHER_PAGE, Mood.WRONG_LENGTH, Mood.WRONG_BYTES)) {
      disk.mood = mood;
      await(node.dispatcher.deregister("disk"));
      assertThrows(PageLostException.class, () -> await(space.load(1)));
      assertEquals(0, spare.size());
      disk.mood = Mood.WELL;
      register(disk);
      store(space, 1, 1);
    }
  }

  // ---- The state machine

  @Test
  void itIsFrozenAfterRepeatedFaultsAndThawedWhenItWorksAgain() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 100, 1);
    disk.mood = Mood.FAILING;
    failStores(space, 0, FREEZE - 1);
    assertEquals("active", info("disk").state());
    failStores(space, 50, 1);
    assertEquals("frozen", info("disk").state());
    assertTrue(info("disk").reason().contains("disk fails"), info("disk").reason());
    assertEquals(1, counter("disk", "fault_freezes"));
    // It is left alone, but for the pages that it has.
    failStores(space, 60, 3);
    assertEquals(FREEZE, counter("disk", "failed_answers"));
    disk.mood = Mood.WELL;
    assertPage(space, 100, 1);
    assertEquals("frozen", info("disk").state(), "a page it had is no proof that it takes any");
    scheduler.advance(BackendHealth.FIRST_PROBE_MILLIS);
    assertEquals("active", info("disk").state());
    assertEquals("", info("disk").reason());
    store(space, 1, 1);
    assertPage(space, 1, 1);
    assertEquals(2, disk.size(), "the probe has left nothing behind");
    assertEquals(
        List.of("frozen", "active"),
        node.events.stream()
            .filter(event -> event.startsWith("backend-state"))
            .map(event -> event.replaceFirst(".*\"state\":\"(\\w+)\".*", "$1"))
            .toList());
  }

  @Test
  void theWaitDoublesWhileProbesFailAndOneFaultOnTrialIsEnough() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = Mood.FAILING;
    failStores(space, 0, FREEZE);
    long first = BackendHealth.FIRST_PROBE_MILLIS;
    scheduler.advance(first);
    assertEquals(1, counter("disk", "probes"));
    scheduler.advance(2 * first - 1);
    assertEquals(1, counter("disk", "probes"));
    scheduler.advance(1);
    assertEquals(2, counter("disk", "probes"));
    disk.mood = Mood.WELL;
    scheduler.advance(4 * first);
    assertEquals("active", info("disk").state());
    disk.mood = Mood.FAILING;
    failStores(space, 100, 1);
    assertEquals("frozen", info("disk").state(), "it is on trial");
    scheduler.advance(8 * first - 1);
    assertEquals(3, counter("disk", "probes"));
    for (int i = 0; i < 10; i++) {
      scheduler.advance(BackendHealth.MAX_PROBE_MILLIS);
    }
    assertTrue(counter("disk", "probes") >= 12, "the wait has a limit");
  }

  @ParameterizedTest
  @EnumSource(
      value = Mood.class,
      names = {"FORGETFUL", "DAMAGED", "WRONG_BYTES"})
  void oneThatTakesPagesAndLosesThemIsFoundOut(Mood mood) {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = mood;
    for (int i = 0; i < FREEZE; i++) {
      int offset = i;
      store(space, offset, 1);
      assertThrows(PageLostException.class, () -> await(space.load(offset)));
    }
    assertEquals("frozen", info("disk").state());
    scheduler.advance(10 * BackendHealth.FIRST_PROBE_MILLIS);
    assertEquals("frozen", info("disk").state(), "the probe's page is lost as well");
    assertEquals(0, counter("disk", "late_answers"));
    disk.mood = Mood.WELL;
    scheduler.advance(2 * BackendHealth.MAX_PROBE_MILLIS);
    assertEquals("active", info("disk").state());
  }

  @Test
  void goodAnswersInBetweenKeepItActive() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 3 * FREEZE; i++) {
      disk.mood = Mood.FAILING;
      failStores(space, i, FREEZE / 2);
      disk.mood = Mood.WELL;
      store(space, 1000 + i, 1);
    }
    assertEquals("active", info("disk").state());
  }

  @Test
  void oneThatRefusesIsNotAtFault() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    disk.capacity = 0;
    failStores(space, 0, 4 * FREEZE);
    assertEquals("active", info("disk").state());
    assertEquals(4 * FREEZE, counter("disk", "refused_puts"));
  }

  @Test
  void copiesThatAreGoneWithAPeerAreNotItsFault() {
    register(peer);
    PageSpace space = node.open("a", Protection.NONE);
    peer.mood = Mood.FORGETFUL;
    for (int i = 0; i < 2 * FREEZE; i++) {
      int offset = i;
      store(space, offset, 1);
      assertThrows(PageLostException.class, () -> await(space.load(offset)));
    }
    assertEquals("active", info("peer").state());
  }

  @Test
  void fewFetchesWaitForABackendThatHangs() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    int pages = 8 * BackendHealth.MAX_FETCHES_WHILE_FAULTY;
    for (int i = 0; i < pages; i++) {
      store(space, i, 1);
    }
    disk.mood = Mood.HANGING;
    List<Future<@Nullable Loaded>> loads = new ArrayList<>();
    for (int i = 0; i < FREEZE; i++) {
      loads.add(space.load(i));
    }
    scheduler.advance(20_000);
    assertEquals("frozen", info("disk").state());
    int before = disk.gets.get();
    for (int i = 0; i < pages; i++) {
      loads.add(space.load(i));
    }
    scheduler.settle();
    long atOnce = loads.stream().filter(load -> load.isComplete()).count();
    assertTrue(atOnce >= pages - BackendHealth.MAX_FETCHES_WHILE_FAULTY, "" + atOnce);
    assertTrue(disk.gets.get() - before <= BackendHealth.MAX_FETCHES_WHILE_FAULTY + 1);
    scheduler.advance(20_000);
    for (Future<@Nullable Loaded> load : loads) {
      assertTrue(load.cause() instanceof PageUnavailableException, () -> "" + load.cause());
    }
    disk.mood = Mood.WELL;
    scheduler.advance(2 * BackendHealth.MAX_PROBE_MILLIS);
    for (int i = 0; i < pages; i++) {
      assertPage(space, i, 1);
    }
  }

  // ---- By hand

  @Test
  void frozenByHandItStaysSoUntilItIsThawedByHand() {
    register(node.zram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    demoteAll();
    store(space, 2, 1);
    assertEquals("frozen", node.dispatcher.setFrozen("disk", true).state());
    demoteAll();
    assertEquals(1, pagesIn(space, "zram"));
    assertPage(space, 1, 1);
    scheduler.advance(10 * BackendHealth.MAX_PROBE_MILLIS);
    assertEquals("frozen", info("disk").state());
    assertEquals(0, counter("disk", "probes"));
    assertEquals("active", node.dispatcher.setFrozen("disk", false).state());
    demoteAll();
    assertEquals(2, pagesIn(space, "disk"));
    assertThrows(TmemException.class, () -> node.dispatcher.setFrozen("none", true));
  }

  @Test
  void aFaultyOneIsThawedByHandAtOnceAndFrozenByHandItIsNotProbed() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    disk.mood = Mood.THROWING;
    failStores(space, 0, FREEZE);
    node.dispatcher.setFrozen("disk", false);
    assertEquals("active", info("disk").state());
    failStores(space, 20, FREEZE - 1);
    assertEquals("active", info("disk").state(), "by hand it is not on trial");
    failStores(space, 40, 1);
    node.dispatcher.setFrozen("disk", true);
    long probes = counter("disk", "probes");
    scheduler.advance(10 * BackendHealth.MAX_PROBE_MILLIS);
    assertEquals(probes, counter("disk", "probes"));
    disk.mood = Mood.WELL;
  }

  // ---- A backend in RAM

  @Test
  void oneInRamThatThrowsIsPassedOverFrozenAndThawed() {
    FaultyRam ram = new FaultyRam(node.zram);
    register(ram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    ram.throwing = true;
    for (int i = 10; i < 10 + FREEZE; i++) {
      store(space, i, 1);
    }
    assertEquals("frozen", info("zram").state());
    assertTrue(pagesIn(space, "disk") >= FREEZE);
    assertPage(space, 1, 1);
    scheduler.advance(2 * BackendHealth.FIRST_PROBE_MILLIS);
    assertEquals("frozen", info("zram").state());
    ram.throwing = false;
    scheduler.advance(BackendHealth.MAX_PROBE_MILLIS);
    assertEquals("active", info("zram").state());
    store(space, 2, 1);
    assertTrue(pagesIn(space, "zram") >= 1);
    ram.throwing = true;
    await(space.invalidate(2));
    assertAbsent(space, 2);
    assertEquals("frozen", info("zram").state(), "it is on trial");
    ram.throwing = false;
  }

  @Test
  void oneInRamThatThrowsAtReadsIsUnavailableThenFrozenAndLosesNothing() {
    FaultyRam ram = new FaultyRam(node.zram);
    register(ram);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    ram.unreadable = true;
    ByteBuffer into = ByteBuffer.allocate(4096);
    for (int i = 0; i < FREEZE; i++) {
      assertEquals(PageSpace.ELSEWHERE, space.loadNow(1, into, 0, 4096));
      PageUnavailableException away =
          assertThrows(PageUnavailableException.class, () -> await(space.load(1)));
      assertTrue(String.valueOf(away.getMessage()).contains("zram threw"), away.getMessage());
    }
    assertTrue(await(space.contains(1)));
    assertEquals("frozen", info("zram").state());
    assertTrue(counter("zram", "thrown_calls") >= FREEZE);
    assertEquals(1, await(node.dispatcher.slots(space, 0, 9, 9)).size());
    await(node.dispatcher.upkeep().compact("zram"));
    scheduler.advance(2 * BackendHealth.FIRST_PROBE_MILLIS);
    assertEquals("frozen", info("zram").state());
    ram.unreadable = false;
    assertPage(space, 1, 1);
    scheduler.advance(BackendHealth.MAX_PROBE_MILLIS);
    assertEquals("active", info("zram").state());
    store(space, 1, 2);
    assertPage(space, 1, 2);
    assertEquals(List.of(), await(node.dispatcher.check()));
  }

  @Test
  void whatCannotBeReadInRamStaysWhileTheRestGoesDown() {
    FaultyRam ram = new FaultyRam(node.zram);
    register(ram, disk);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 20; i++) {
      store(space, i, 1);
    }
    ram.unreadable = true;
    await(node.dispatcher.shrink("zram", 0));
    assertEquals(0, pagesIn(space, "disk"));
    ram.unreadable = false;
    await(node.dispatcher.shrink("zram", 0));
    assertEquals(20, pagesIn(space, "disk"));
    for (int i = 0; i < 20; i++) {
      assertPage(space, i, 1);
    }
  }

  @Test
  void sumsOfWhatLiesInRamAreMadeAnewWhenItThrewAtThem() {
    FaultyRam ram = new FaultyRam(node.zram);
    register(ram);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < 20; i++) {
      store(space, i, 1);
    }
    RamTally.Sum all = space.ramTally();
    ram.unreadable = true;
    assertTrue(space.invalidate(3).succeeded());
    assertTrue(space.storeNow(4, page(4, 2)));
    assertTrue(space.storeNow(30, page(30, 1)));
    space.ramTally(); // it throws at the recount, too
    ram.unreadable = false;
    for (int i = 0; i < 64; i++) {
      space.ramTally();
    }
    assertEquals(20L * 4096, all.originalBytes());
    assertEquals(all.originalBytes(), space.ramTally().originalBytes());
    assertEquals(List.of(), await(node.dispatcher.check()));
  }

  @Test
  void aReadInRamThatGoesWellEndsTheRow() {
    FaultyRam ram = new FaultyRam(node.zram);
    register(ram);
    PageSpace space = node.open("a", Protection.ANY);
    store(space, 1, 1);
    ByteBuffer into = ByteBuffer.allocate(4096);
    for (int round = 0; round < 3; round++) {
      ram.unreadable = true;
      for (int i = 1; i < FREEZE; i++) {
        assertEquals(PageSpace.ELSEWHERE, space.loadNow(1, into, 0, 4096));
      }
      ram.unreadable = false;
      assertEquals(4096, space.loadNow(1, into, 0, 4096));
    }
    assertEquals("active", info("zram").state());
  }

  // ---- The rest of the contract

  @Test
  void usageAndCountersThatThrowAreShownAsUnknown() {
    TwinBackend odd =
        new TwinBackend("odd", 400, LossDomain.NODE, scheduler) {
          @Override
          public dev.tmem.backend.BackendUsage usage() {
            throw new IllegalStateException("no idea");
          }

          @Override
          public java.util.Map<String, Long> counters() {
            throw new IllegalStateException("no idea");
          }
        };
    register(odd);
    assertEquals(Long.MAX_VALUE, info("odd").limitBytes());
    assertTrue(counter("odd", "thrown_calls") > 0);
    PageSpace space = node.open("a", Protection.ANY);
    odd.capacity = 0;
    failStores(space, 0, 1);
  }

  @Test
  void freeThatThrowsFailsNobody() {
    register(disk);
    PageSpace space = node.open("a", Protection.ANY);
    for (int i = 0; i < FREEZE; i++) {
      store(space, i, 1);
    }
    disk.onFree =
        () -> {
          throw new IllegalStateException("cannot");
        };
    for (int i = 0; i < FREEZE; i++) {
      await(space.invalidate(i));
    }
    assertEquals("frozen", info("disk").state());
    assertFalse(node.dispatcher.backend("disk") == null);
    disk.onFree = () -> {};
  }
}

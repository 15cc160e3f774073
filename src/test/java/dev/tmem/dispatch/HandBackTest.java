package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Protection;
import dev.tmem.TmemFullException;
import dev.tmem.backend.BackendHost;
import dev.tmem.backend.PageRef;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Copies that a lender wants to be rid of; and pages of peers that are in the way of own ones. */
class HandBackTest extends DispatchFixture {

  /** Keeps nothing, and notes what it is asked for. */
  private static final class Keeper implements RamKeeper {
    final List<String> asked = new ArrayList<>();
    long has;

    @Override
    public void compact() {
      asked.add("compact");
    }

    @Override
    public long drop(long bytes) {
      asked.add("drop");
      long dropped = Math.min(has, bytes);
      has -= dropped;
      return dropped;
    }

    @Override
    public void giveWay(long bytes) {
      assertTrue(bytes > 0);
      asked.add("give way");
    }
  }

  private PageSpace area(Protection protection) {
    return await(node.dispatcher.open(new SpaceConfig("a", 4096, true, protection)));
  }

  private BackendHost host() {
    BackendHost host = peer.host;
    assertNotNull(host);
    return host;
  }

  private void lend(PageSpace space, int pages) {
    for (int offset = 0; offset < pages; offset++) {
      store(space, offset, 1);
    }
    demoteAll();
    assertEquals(pages, pagesIn(space, "peer"));
  }

  /** Leaves the pool hardly more room than it uses. */
  private void fillPool() {
    while (node.zram.usage().usedBytes() < node.zram.usage().limitBytes() / 100 * 96) {
      node.memory.setLimit(node.memory.limit() - 16_384);
    }
  }

  @Test
  void theCopiesThatAreNamedGoToWhereverThereIsRoom() {
    register(node.zram, peer);
    PageSpace space = area(Protection.NONE);
    lend(space, 40);
    List<PageRef> refs = peer.refs();
    List<Boolean> moved = await(host().moveAway(refs.subList(0, 10)));
    assertEquals(10, moved.stream().filter(done -> done).count());
    assertEquals(30, pagesIn(space, "peer"));
    assertEquals(10, pagesIn(space, "zram"));
    assertEquals(refs.subList(10, 40), peer.refs(), "those are freed, the others are not touched");
    for (int offset = 0; offset < 40; offset++) {
      assertPage(space, offset, 1);
    }
  }

  @Test
  void aCopyThatThePageCanDoWithoutIsGivenUpUnfetched() {
    register(node.zram, peer, disk);
    PageSpace space = area(Protection.ANY);
    lend(space, 20);
    assertEquals(20, extrasIn(space, "disk"));
    int gets = peer.gets.get();
    assertEquals(20, await(host().moveAway(peer.refs())).stream().filter(done -> done).count());
    assertEquals(gets, peer.gets.get());
    assertEquals(20, pagesIn(space, "disk"));
    assertEquals(List.of(), peer.refs());
  }

  /** Each new copy is made apart from the other old one, and the two may meet at one lender. */
  @Test
  void ofTwoCopiesThatAreToGoAtTheSameTimeOneStays() {
    register(node.zram, peer);
    PageSpace space = area(Protection.REPLICA);
    lend(space, 1);
    List<PageRef> both = peer.refs();
    assertEquals(2, both.size());
    peer.delayMillis = () -> 10;
    var one = host().moveAway(both.subList(0, 1));
    var other = host().moveAway(both.subList(1, 2));
    await(one);
    await(other);
    assertEquals(2, peer.size());
    assertEquals(1, peer.refs().stream().filter(both::contains).count());
    PageRef stayed = peer.refs().stream().filter(both::contains).findFirst().orElseThrow();
    assertEquals(List.of(true), await(host().moveAway(List.of(stayed))), "when it is asked again");
    assertPage(space, 0, 1);
  }

  @Test
  void whatIsNotNamedIsSaidToBeAway() {
    register(node.zram, peer);
    PageSpace space = area(Protection.NONE);
    lend(space, 10);
    List<PageRef> refs = peer.refs();
    store(space, 3, 2);
    await(space.invalidate(4));
    List<Boolean> away = await(host().moveAway(refs.subList(3, 5)));
    assertEquals(List.of(true, true), away);
    assertPage(space, 3, 2);
    assertAbsent(space, 4);
  }

  @Test
  void wherePagesHaveNoOtherPlaceTheyStay() {
    register(node.zram, peer);
    PageSpace space = area(Protection.NONE);
    lend(space, 10);
    for (int offset = 100; offset < 400; offset++) {
      store(space, offset, 1);
    }
    peer.capacity = 10;
    fillPool();
    List<Boolean> moved = await(host().moveAway(peer.refs()));
    assertEquals(10, moved.stream().filter(done -> !done).count());
    assertEquals(10, pagesIn(space, "peer"));
  }

  @Test
  void pagesOfOthersGiveWayBeforeOwnOnes() {
    register(node.zram, disk);
    Keeper keeper = new Keeper();
    node.dispatcher.addKeeper(keeper);
    PageSpace space = area(Protection.ANY);
    for (int offset = 0; offset < 300; offset++) {
      store(space, offset, 1);
    }
    assertEquals(List.of(), keeper.asked);
    keeper.has = 10_000;
    fillPool();
    node.dispatcher.limitChanged();
    scheduler.advance(1_000);
    assertEquals("give way", keeper.asked.getFirst());
    assertEquals(0, keeper.has);
    assertTrue(space.counters().demotions.sum() > 0);
  }

  /**
   * A lender whose owners take nothing back, for now: reclaim does not wait for them. What own
   * pages cannot have is refused in time; nothing of the others' is dropped.
   */
  @Test
  void whereOwnersAreSlowAndNothingIsBelowStoresAreRefusedInTimeUntilThereIsRoom() {
    register(node.zram);
    Keeper keeper = new Keeper();
    node.dispatcher.addKeeper(keeper);
    PageSpace space = area(Protection.NONE);
    List<Long> foreign = new ArrayList<>();
    byte[] bytes = new byte[2_000];
    while (node.zram.usage().usedBytes() < node.zram.usage().limitBytes() / 2) {
      Arrays.fill(bytes, (byte) foreign.size());
      foreign.add(node.zram.put(ByteBuffer.wrap(bytes), 0, bytes.length));
    }
    long offset = 0;
    Future<Void> refused = Future.succeededFuture();
    while (!refused.failed()) {
      refused = space.store(offset++, page(offset, 1));
      scheduler.advance(1_000);
      assertTrue(refused.isComplete(), "no store waits longer than a second");
    }
    assertInstanceOf(TmemFullException.class, refused.cause());
    assertTrue(keeper.asked.contains("give way"), "their owners are asked meanwhile");
    assertAbsent(space, offset - 1);
    await(space.invalidate(0));
    for (int i = 0; i < foreign.size(); i++) {
      ByteBuffer kept = node.zram.buffer(foreign.get(i));
      assertEquals((byte) i, kept.get(node.zram.position(foreign.get(i))));
    }
    foreign.forEach(node.zram::free); // they have been taken back
    Future<Void> taken = space.store(offset, page(offset, 1));
    scheduler.advance(1_000);
    assertTrue(taken.succeeded(), String.valueOf(taken.cause()));
    assertPage(space, offset, 1);
  }
}

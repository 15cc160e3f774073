package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.Protection;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import dev.tmem.backend.LossDomain;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A space with a list of tiers uses these backends, in this order, for whatever is done. */
class TiersTest extends DispatchFixture {

  @BeforeEach
  void registerAll() {
    register(node.zram, peer, disk);
  }

  private PageSpace open(String name, Protection protection, String... tiers) {
    return await(
        node.dispatcher.open(new SpaceConfig(name, 4096, true, protection, List.of(tiers))));
  }

  @Test
  void withoutAListItUsesAllInTheOrderOfTheChain() {
    PageSpace space = node.open("a", Protection.ANY);
    assertEquals(List.of("zram", "peer", "disk"), node.dispatcher.tiers(space));
  }

  @Test
  void storesGoToTheFirstOfTheListThatTakesThem() {
    PageSpace space = open("a", Protection.ANY, "disk", "zram");
    disk.capacity = 2;
    for (int i = 0; i < 4; i++) {
      store(space, i, 1);
      assertPage(space, i, 1);
    }
    assertEquals(2, pagesIn(space, "disk"));
    assertEquals(2, pagesIn(space, "zram"));
    assertEquals(0, peer.size());
    assertFalse(peer.initialised.contains(space.number()), "it is none of the peer's business");
  }

  @Test
  void demotionFollowsTheList() {
    PageSpace space = open("a", Protection.NONE, "zram", "disk", "peer");
    PageSpace other = node.open("b", Protection.NONE);
    disk.capacity = 3;
    for (int i = 0; i < 5; i++) {
      store(space, i, 1);
    }
    store(other, 1, 1);
    demoteAll();
    assertEquals(3, pagesIn(space, "disk"));
    assertEquals(2, pagesIn(space, "peer"));
    assertEquals(1, pagesIn(other, "peer"), "that one goes by the chain");
  }

  @Test
  void anAreaThatMayUseRamOnlyStaysThereAndHoldsUpNobody() {
    PageSpace pinned = open("pinned", Protection.ANY, "zram");
    PageSpace other = node.open("other", Protection.ANY);
    for (int i = 0; i < 400; i++) {
      store(pinned, i, 1);
    }
    for (int i = 0; i < 4_000; i++) {
      store(other, i, 1);
    }
    assertEquals(400, pagesIn(pinned, "zram"));
    assertTrue(pagesIn(other, "peer") > 0);
    for (int i = 0; i < 400; i++) {
      assertPage(pinned, i, 1);
    }
    TmemFullException full = null;
    for (int i = 400; full == null; i++) {
      try {
        store(pinned, i, 1);
      } catch (TmemFullException e) {
        full = e;
      }
    }
    assertFalse(disk.initialised.contains(pinned.number()));
  }

  @Test
  void protectionKeepsToTheList() {
    PageSpace space = open("a", Protection.DISK, "zram", "peer");
    store(space, 1, 1);
    demoteAll();
    assertEquals(1, pagesIn(space, "zram"), "without the disk it would not be protected");
    PageSpace bold = open("b", Protection.NONE, "zram", "peer");
    store(bold, 1, 1);
    demoteAll();
    assertEquals(1, pagesIn(bold, "peer"));
    assertEquals(0, disk.size());
  }

  @Test
  void writethroughGoesToTheLastOfTheList() {
    PageSpace space = open("a", Protection.NONE, "zram", "peer");
    space.modes().setWritethrough(true);
    store(space, 1, 1);
    assertEquals(1, peer.size());
    assertEquals(0, disk.size());
  }

  @Test
  void aBackendIsDrainedIntoTheOthersOfTheListOnly() {
    PageSpace space = open("a", Protection.ANY, "disk", "zram");
    PageSpace alone = open("b", Protection.ANY, "disk");
    TwinBackend spare = new TwinBackend("spare", 400, LossDomain.NODE, scheduler);
    register(spare);
    store(space, 1, 1);
    store(alone, 1, 1);
    TmemException refused =
        assertThrows(TmemException.class, () -> await(node.dispatcher.deregister("disk")));
    assertTrue(String.valueOf(refused.getMessage()).contains("1 of its pages"));
    assertEquals(1, pagesIn(space, "zram"));
    assertEquals(1, pagesIn(alone, "disk"));
    assertEquals(0, spare.size());
    await(alone.invalidate(1));
    node.dispatcher.setFrozen("disk", false);
    await(node.dispatcher.deregister("disk"));
    assertPage(space, 1, 1);
    assertEquals(List.of("zram"), node.dispatcher.tiers(space));
    register(new TwinBackend("disk", 50, LossDomain.NODE, scheduler));
    assertEquals(List.of("disk", "zram"), node.dispatcher.tiers(space), "known by its name");
    store(alone, 1, 1);
    assertPage(alone, 1, 1);
  }

  @Test
  void aNameThatIsNotThereIsRefused() {
    TmemException refused =
        assertThrows(TmemException.class, () -> open("a", Protection.ANY, "zram", "dsik"));
    assertEquals(ErrorCode.INVALID_OPTION, refused.code());
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains("dsik") && message.contains("zram, peer, disk"), message);
    assertThrows(TmemException.class, () -> node.dispatcher.setTiers(List.of("tape")));
    assertEquals(0, node.dispatcher.spaces().size());
  }

  @Test
  void theNodesListIsForAreasWithoutOne() {
    node.dispatcher.setTiers(List.of("zram", "disk"));
    PageSpace space = node.open("a", Protection.ANY);
    PageSpace own = open("b", Protection.ANY, "peer", "disk");
    assertEquals(List.of("zram", "disk"), node.dispatcher.tiers(space));
    assertEquals(List.of("peer", "disk"), node.dispatcher.tiers(own));
    store(space, 1, 1);
    demoteAll();
    assertEquals(1, pagesIn(space, "disk"));
  }
}

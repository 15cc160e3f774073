package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.PageRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is lent to. */
class PlacementTest {

  private static final long ROOMY = 8L << 20;

  private final PeerRig rig = new PeerRig(Timing.DEFAULT);

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void secondCopiesLieInAnotherRack() {
    PeerRig.Node owner = rig.start("owner", 0);
    for (int i = 0; i < 4; i++) {
      rig.start("a" + i, ROOMY, "a");
    }
    rig.start("b", ROOMY, "b");
    rig.run(3_000);
    for (int round = 0; round < 40; round++) {
      PeerRig.Put first = owner.put(round * 10L, 10);
      rig.run(20);
      long[] apart = first.refs.stream().mapToLong(PageRef::handle).toArray();
      assertEquals(10, apart.length);
      PeerRig.Put second = owner.put(round * 10L, 10, apart);
      rig.run(20);
      assertEquals(0, second.refused());
      for (int i = 0; i < 10; i++) {
        assertTrue(!rackOf(owner, first.handles[i]).equals(rackOf(owner, second.handles[i])));
      }
    }
  }

  /** The racks are told apart by what the lenders keep. */
  private static String rackOf(PeerRig.Node owner, long handle) {
    return owner.peerNode.lenderOf(handle).rack();
  }

  @Test
  void withoutAnotherRackThereIsNoSecondPlace() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("a0", ROOMY, "a");
    rig.start("a1", ROOMY, "a");
    rig.run(3_000);
    PeerRig.Put first = owner.put(0, 10);
    rig.run(20);
    assertEquals(0, first.refused());
    PeerRig.Put second = owner.put(0, 10, first.handles);
    rig.run(20);
    assertEquals(10, second.refused());
    rig.start("somewhere", ROOMY);
    rig.run(2_000);
    PeerRig.Put third = owner.put(0, 10, first.handles);
    rig.run(20);
    assertEquals(0, third.refused(), "one that does not say where it stands is another place");
  }

  @Test
  void secondCopiesLieWithAnotherLender() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.start("c", ROOMY);
    rig.run(3_000);
    for (int round = 0; round < 40; round++) {
      PeerRig.Put first = owner.put(round * 10L, 10);
      rig.run(20);
      PeerRig.Put second = owner.put(round * 10L, 10, first.handles);
      rig.run(20);
      assertEquals(0, second.refused());
      for (int i = 0; i < 10; i++) {
        assertTrue(HandleLayout.lender(first.handles[i]) != HandleLayout.lender(second.handles[i]));
      }
    }
  }

  @Test
  void theRoomierOfTwoIsTaken() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("small", 1L << 20);
    rig.start("large", 12L << 20);
    rig.run(3_000);
    for (int i = 0; i < 400; i++) {
      owner.put(i * 10L, 10);
      rig.run(3);
    }
    long small = owner.peer("small").lentPages();
    long large = owner.peer("large").lentPages();
    assertTrue(large > 2 * small, large + " and " + small);
    assertTrue(small > 0, "a quarter of the draws is the small one twice");
  }

  @Test
  void whatOneRefusesAnotherIsOffered() {
    PeerRig.Node owner = rig.start("owner", 0);
    PeerRig.Node full = rig.start("full", ROOMY);
    rig.start("other", ROOMY);
    rig.run(3_000);
    full.store.setLendLimit(0);
    for (int i = 0; i < 50; i++) {
      PeerRig.Put put = owner.put(i * 10L, 10);
      rig.run(30);
      assertEquals(0, put.refused());
    }
    assertEquals(500, owner.peer("other").lentPages());
  }
}

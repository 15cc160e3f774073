package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.Zpage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How much is on its way to lenders, in which portions, and what waits for it. */
class BorrowingTest {

  private static final long ROOMY = 8L << 20;
  private static final Flight FLIGHT = new Flight(256 << 10, 512 << 10);

  private final PeerRig rig = new PeerRig(Timing.DEFAULT, FLIGHT);

  @AfterEach
  void close() {
    rig.close();
  }

  private static List<Zpage> pages(long first, int count, int length) {
    List<Zpage> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pages.add(PeerRig.zpage(first + i, 1, length));
    }
    return pages;
  }

  private static boolean isPut(PeerRig.Parcel parcel) {
    return parcel.is(Message.Put.class);
  }

  /** Bytes of zpages in the puts that are held back. */
  private long heldBytes(String lender) {
    return rig.held.stream()
        .filter(parcel -> isPut(parcel) && parcel.to().equals(lender))
        .mapToLong(parcel ->
            ((Message.Put) parcel.envelope().message())
                .entries().stream()
                    .mapToLong(entry -> WireLayout.PUT_ENTRY_BYTES + entry.length())
                    .sum())
        .sum();
  }

  private List<PeerRig.Put> putMany(PeerRig.Node owner, int puts) {
    List<PeerRig.Put> all = new ArrayList<>();
    for (int i = 0; i < puts; i++) {
      all.add(owner.put(pages(i * 64L, 64, 2_000), null));
    }
    return all;
  }

  @Test
  void neitherALenderNorAllOfThemHaveMoreOnTheirWayThanAllowed() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.start("c", ROOMY);
    rig.start("d", ROOMY);
    rig.run(2_000);
    rig.holds = BorrowingTest::isPut;
    List<PeerRig.Put> all = putMany(owner, 12);
    rig.run(20);
    long sum = 0;
    for (String lender : List.of("b", "c", "d")) {
      long bytes = heldBytes(lender);
      assertTrue(bytes <= FLIGHT.lenderBytes(), bytes + " bytes to " + lender);
      sum += bytes;
    }
    assertTrue(sum <= FLIGHT.allBytes(), sum + " bytes to all");
    assertTrue(sum > FLIGHT.allBytes() / 2, "and the allowance is used: " + sum);
    assertTrue(owner.count(Count.PUTS_HELD_BACK) > 0, "the rest waits");
    long refused = all.stream().mapToLong(PeerRig.Put::refused).sum();
    assertTrue(refused > 0, "what waits is bounded too, the rest is refused at once");
    assertTrue(refused < 12 * 64);
  }

  @Test
  void whatWaitsGoesOnWhenSomethingIsAnswered() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    List<PeerRig.Put> all = putMany(owner, 5);
    assertTrue(owner.count(Count.PUTS_HELD_BACK) > 0);
    rig.run(100);
    assertEquals(0, all.stream().mapToLong(PeerRig.Put::refused).sum());
    assertEquals(5 * 64, owner.peer("b").lentPages());
  }

  @Test
  void whatWaitsInVainIsRefusedSoon() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    rig.drops = BorrowingTest::isPut;
    List<PeerRig.Put> all = putMany(owner, 5);
    rig.run(Puts.WAIT_MILLIS + 5);
    assertTrue(all.getLast().isDone(), "whoever demotes goes on, to another backend");
    assertFalse(all.getFirst().isDone(), "and this one may still be acknowledged");
  }

  @Test
  void aSlowLenderIsLeftAloneUntilItAnswers() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("slow", ROOMY);
    rig.start("quick", 2L << 20);
    rig.run(2_000);
    rig.holds = parcel -> isPut(parcel) && parcel.to().equals("slow");
    int first = 0;
    while (rig.held.isEmpty()) {
      owner.put(first++ * 10L, 10);
      rig.run(3);
    }
    rig.run(Placement.LAGGING_MILLIS);
    rig.held.clear();
    for (int i = 100; i < 150; i++) {
      PeerRig.Put put = owner.put(i * 10L, 10);
      rig.run(5);
      assertEquals(0, put.refused());
      assertTrue(put.isDone(), "no put waits for the slow one");
    }
    rig.holds = parcel -> false;
    rig.run(Timing.DEFAULT.callMillis());
    for (int i = 200; i < 230; i++) {
      owner.put(i * 10L, 10);
      rig.run(5);
    }
    assertTrue(owner.peer("slow").lentPages() > 0, "it is used again");
  }

  @Test
  void smallPutsGoTogetherWhileOthersAreOnTheirWay() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    List<PeerRig.Parcel> puts = new ArrayList<>();
    rig.holds =
        parcel -> {
          if (isPut(parcel)) {
            puts.add(parcel);
          }
          return false;
        };
    List<PeerRig.Put> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      all.add(owner.put(i, 1));
    }
    rig.run(10);
    assertEquals(2, puts.size(), "the first at once, the others together");
    assertTrue(all.stream().allMatch(put -> put.isDone() && put.refused() == 0));
  }

  @Test
  void aFullBatchWaitsForNothing() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    rig.holds = BorrowingTest::isPut;
    owner.put(0, 1);
    owner.put(pages(100, 20, 3_000), null);
    owner.put(pages(200, 21, 3_000), null);
    rig.run(1);
    assertEquals(3, rig.held.size(), "123,000 bytes are two full batches, the rest gathers");
    for (PeerRig.Parcel parcel : rig.held) {
      assertTrue(parcel.frame().length() <= WireLayout.BODY + WireLayout.BODY_BYTES_AIM + 100);
    }
    rig.run(Puts.GATHER_MILLIS + 1);
    assertEquals(3 + 1, rig.held.size());
  }

  @Test
  void theEndOfALargePutDoesNotWaitForOthers() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    rig.holds = BorrowingTest::isPut;
    owner.put(0, 1);
    owner.put(pages(100, Puts.LARGE_PUT, 1_000), null);
    rig.run(1);
    assertEquals(2, rig.held.size());
  }

  @Test
  void moreIsNotAskedOfALenderThanMayComeBack() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    List<PeerRig.Put> all = putMany(owner, 5);
    rig.run(100);
    rig.holds = parcel -> parcel.is(Message.Get.class);
    List<PeerRig.Get> gets = new ArrayList<>();
    all.forEach(put -> gets.add(owner.get(put.refs)));
    rig.run(10);
    long asked =
        rig.held.stream()
            .mapToLong(parcel -> ((Message.Get) parcel.envelope().message()).tickets().size())
            .sum();
    assertTrue(asked * 4096 <= FLIGHT.lenderBytes(), asked + " pages of 4 KiB");
    rig.holds = parcel -> false;
    rig.letGo(rig.held);
    rig.run(100);
    for (PeerRig.Get get : gets) {
      assertEquals(64, get.answers.stream().filter(Fetched.Found.class::isInstance).count());
    }
  }

  @Test
  void whatWaitsForALenderIsUnavailableWhenItCannotBeHeard() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    List<PeerRig.Put> all = putMany(owner, 5);
    rig.run(100);
    rig.kill("b");
    List<PeerRig.Get> gets = new ArrayList<>();
    all.forEach(put -> gets.add(owner.get(put.refs)));
    rig.run(2);
    owner.peerNode.left("b", rig.now, owner.out);
    rig.run(2);
    for (PeerRig.Get get : gets) {
      get.answers.forEach(answer -> assertInstanceOf(Fetched.Unavailable.class, answer));
      assertEquals(64, get.answers.size());
    }
  }

  // ---- Memory

  @Test
  void buffersAreSetAsideWhenAPeerIsTakenIntoUse() {
    PeerRig.Node owner = rig.start("owner", 0);
    assertEquals(0, owner.reserve.taken);
    PeerRig.Node lender = rig.start("b", ROOMY);
    rig.start("c", ROOMY);
    rig.run(2_000);
    assertEquals(2 * FLIGHT.peerBytes(), owner.reserve.taken);
    assertEquals(2 * FLIGHT.peerBytes(), lender.reserve.taken, "a lender receives");
    rig.start("b", ROOMY);
    rig.run(3_000);
    assertEquals(2 * FLIGHT.peerBytes(), owner.reserve.taken, "the former b has ended");
    owner.peerNode.close(rig.now, owner.out);
    assertEquals(0, owner.reserve.taken);
  }

  @Test
  void aPeerForWhichThereIsNoMemoryIsUsedAsSoonAsThereIs() {
    PeerRig.Node owner = rig.start("owner", 0);
    owner.reserve.limit = FLIGHT.peerBytes() - 1;
    PeerRig.Node other = rig.start("b", ROOMY);
    rig.run(2_000);
    PeerRig.Put put = owner.put(0, 10);
    PeerRig.Put foreign = other.put(0, 10);
    rig.run(20);
    assertEquals(10, put.refused());
    assertEquals(10, foreign.refused(), "nor does it take pages of it");
    owner.reserve.limit = Long.MAX_VALUE;
    rig.run(2_000);
    PeerRig.Put again = owner.put(0, 10);
    rig.run(20);
    assertEquals(0, again.refused());
  }
}

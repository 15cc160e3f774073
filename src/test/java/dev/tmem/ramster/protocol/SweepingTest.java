package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.PageRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frees travel in batches until they are acknowledged; what slips through is swept. */
class SweepingTest {

  private static final long ROOMY = 8L << 20;

  private final PeerRig rig = new PeerRig(Timing.DEFAULT);
  private PeerRig.Node owner;
  private PeerRig.Node lender;

  @BeforeEach
  void lend() {
    owner = rig.start("owner", 0);
    lender = rig.start("b", ROOMY);
    rig.run(2_000);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private List<PageRef> put(int pages) {
    List<PageRef> refs = new ArrayList<>();
    for (int from = 0; from < pages; from += 100) {
      PeerRig.Put put = owner.put(from, Math.min(100, pages - from));
      rig.run(20);
      assertEquals(0, put.refused());
      refs.addAll(put.refs);
    }
    return refs;
  }

  private List<PeerRig.Parcel> frees() {
    List<PeerRig.Parcel> frees = new ArrayList<>();
    rig.drops =
        parcel -> {
          if (parcel.is(Message.Free.class)) {
            frees.add(parcel);
          }
          return false;
        };
    return frees;
  }

  // ---- Frees

  @Test
  void freesGoTogetherAfterTenMilliseconds() {
    List<PageRef> refs = put(100);
    List<PeerRig.Parcel> sent = frees();
    for (PageRef ref : refs) {
      owner.free(List.of(ref));
    }
    assertEquals(100, owner.peerNode.freesPending());
    rig.run(9);
    assertEquals(0, sent.size());
    rig.run(5);
    assertEquals(1, sent.size());
    rig.run(5);
    assertEquals(0, owner.peerNode.freesPending());
    assertEquals(0, lender.peerNode.foreignPages());
    assertEquals(100, owner.count(Count.REMOTE_PAGES_FLUSHED));
  }

  @Test
  void aFullBatchOfFreesWaitsForNothing() {
    List<PageRef> refs = put(300);
    List<PeerRig.Parcel> sent = frees();
    owner.free(refs);
    rig.run(2);
    assertEquals(1, sent.size());
    assertEquals(
        WireLayout.ENTRIES_MAX,
        ((Message.Free) sent.getFirst().envelope().message()).tickets().size());
    rig.run(20);
    assertEquals(0, lender.peerNode.foreignPages());
  }

  @Test
  void freesAreSentUntilTheyAreAcknowledged() {
    List<PageRef> refs = put(100);
    rig.drops = parcel -> parcel.is(Message.Free.class) || parcel.is(Message.FreeReply.class);
    owner.free(refs);
    rig.run(5_000);
    assertEquals(100, owner.peerNode.freesPending());
    rig.drops = parcel -> parcel.is(Message.FreeReply.class);
    rig.run(2_000);
    assertEquals(0, lender.peerNode.foreignPages());
    assertEquals(100, owner.peerNode.freesPending(), "not acknowledged yet");
    rig.drops = parcel -> false;
    rig.run(2_000);
    assertEquals(0, owner.peerNode.freesPending());
  }

  @Test
  void freesGoBeforeAnyRefusalForWantOfRoom() {
    List<PageRef> refs = put(100);
    lender.store.setLendLimit(0);
    rig.run(1_500);
    List<PeerRig.Parcel> sent = frees();
    owner.free(refs);
    PeerRig.Put refused = owner.put(1_000, 10);
    rig.run(2);
    assertEquals(10, refused.refused());
    assertEquals(1, sent.size(), "at once, without waiting for others");
  }

  // ---- A lender's page that no owner knows

  @Test
  void aPageThatNobodyKnowsIsFoundWithinAMinute() {
    List<PageRef> refs = put(500);
    owner.named.removeAll(new HashSet<>(refs.subList(0, 200)));
    rig.run(60_000);
    assertEquals(300, lender.peerNode.foreignPages());
    assertEquals(200, lender.count(Count.FOREIGN_PAGES_SWEPT));
  }

  @Test
  void aPageWhosePutIsUnderWayIsNotSwept() {
    rig.holds = parcel -> parcel.is(Message.PutReply.class);
    PeerRig.Put put = owner.put(0, 10);
    rig.run(20);
    assertEquals(10, lender.peerNode.foreignPages());
    PeerRig.Parcel answer = rig.held.getFirst();
    // the lender asks while the answer is on its way
    List<Ticket> tickets = new ArrayList<>();
    lender.peerNode.tables().getFirst().list(0, tickets);
    assertEquals(10, tickets.size());
    List<Verdict> verdicts = lender.ask(owner, new Message.Sweep(tickets));
    assertEquals(Collections.nCopies(10, Verdict.DONE), verdicts);
    rig.holds = parcel -> false;
    rig.letGo(List.of(answer));
    rig.run(20);
    assertEquals(10, put.refs.size());
    assertEquals(10, lender.peerNode.foreignPages());
  }

  // ---- An owner's page that no lender has

  @Test
  void anOwnerLearnsWhatItsLenderDoesNotHave() {
    List<PageRef> refs = put(600);
    for (PageRef ref : refs.subList(0, 250)) {
      Ticket ticket = new Ticket(HandleLayout.ticket(ref.handle()), ref.key(), ref.epoch());
      assertEquals(Verdict.DONE, lender.peerNode.tables().getFirst().free(ticket));
    }
    List<PageRef> missing = new ArrayList<>();
    int[] answers = {0};
    owner.peerNode.holds(
        refs,
        found -> {
          missing.addAll(found);
          answers[0]++;
        },
        rig.now,
        owner.out);
    rig.run(20);
    assertEquals(1, answers[0]);
    assertEquals(new HashSet<>(refs.subList(0, 250)), new HashSet<>(missing));
  }

  @Test
  void oneThatCannotBeHeardIsTakenToHaveIt() {
    List<PageRef> refs = put(10);
    rig.kill("b");
    List<List<PageRef>> answers = new ArrayList<>();
    owner.peerNode.holds(refs, answers::add, rig.now, owner.out);
    rig.run(Timing.DEFAULT.callMillis() + 5);
    owner.peerNode.left("b", rig.now, owner.out);
    owner.peerNode.holds(refs, answers::add, rig.now, owner.out);
    rig.settle();
    assertEquals(List.of(List.of(), List.of()), answers);
    rig.start("b", ROOMY);
    rig.run(2_000);
    owner.peerNode.holds(refs, answers::add, rig.now, owner.out);
    rig.settle();
    assertTrue(answers.getLast().containsAll(refs), "one that has ended has nothing");
  }
}

package dev.tmem.ramster.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageRef;
import io.vertx.core.Promise;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is there, by a clock that the test turns. */
class MembershipTest {

  private static final long ROOMY = 8L << 20;
  private static final int TIMEOUT = Timing.DEFAULT.peerTimeoutMillis();

  private final PeerRig rig = new PeerRig(Timing.DEFAULT);

  @AfterEach
  void close() {
    rig.close();
  }

  private void assertAllFound(PeerRig.Node owner, List<PageRef> refs) {
    PeerRig.Get get = owner.get(refs);
    rig.run(20);
    assertEquals(refs.size(), get.answers.size());
    get.answers.forEach(answer -> assertInstanceOf(Fetched.Found.class, answer));
  }

  private static <F extends Fetched> void assertAll(Class<F> kind, PeerRig.Get get) {
    assertTrue(get.isDone());
    get.answers.forEach(answer -> assertInstanceOf(kind, answer));
  }

  // ---- Joining

  @Test
  void whoJoinsIsUsedWithinFiveSeconds() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.run(10_500);
    rig.start("b", ROOMY);
    // even if what it says first is lost
    int[] lost = {0};
    rig.drops = parcel -> parcel.is(Message.Gossip.class) && lost[0]++ < 4;
    rig.run(5_000);
    PeerRig.Put put = owner.put(0, 10);
    rig.run(20);
    assertEquals(0, put.refused());
    assertTrue(owner.heard.contains("room"), "pages that wait for a place are told");
  }

  // ---- Dying

  @Test
  void whoDiesIsGivenUpByTheDeadlineAndNotBefore() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    for (int offset = 0; offset < 1_000; offset += 130) {
      rig.run(3_000 + offset);
      PeerRig.Put put = owner.put(offset, 10);
      rig.run(20);
      assertEquals(0, put.refused());
      rig.kill("b");
      rig.run(TIMEOUT - Timing.DEFAULT.gossipMillis() - 30);
      assertTrue(owner.sees("b"), "a pause is no death");
      rig.run(Timing.DEFAULT.gossipMillis() + 31);
      assertFalse(owner.sees("b"));
      assertTrue(owner.heard.stream().anyMatch(what -> what.startsWith("doubtful")));
      PeerRig.Get get = owner.get(put.refs);
      rig.settle();
      assertAll(Fetched.Unavailable.class, get);
      owner.heard.clear();
      rig.start("b", ROOMY);
    }
  }

  @Test
  void beforeTheDeadlineACallIsGivenUpByItsOwn() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    PeerRig.Put put = owner.put(0, 10);
    rig.run(20);
    rig.kill("b");
    PeerRig.Get get = owner.get(put.refs);
    rig.run(Timing.DEFAULT.callMillis() + 5);
    assertAll(Fetched.Unavailable.class, get);
  }

  @Test
  void theClusterManagersWordIsEnoughToDoubt() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    rig.kill("b");
    owner.peerNode.left("b", rig.now, owner.out);
    rig.settle();
    assertFalse(owner.sees("b"));
    assertEquals("doubtful", owner.peer("b").state(), "and not enough to bury");
  }

  // ---- Coming back

  @Test
  void whoWasOnlyPausedHarmsNothing() {
    PeerRig.Node owner = rig.start("owner", 0);
    PeerRig.Node lender = rig.start("b", ROOMY);
    rig.run(2_000);
    PeerRig.Put kept = owner.put(0, 10);
    PeerRig.Put freed = owner.put(100, 10);
    rig.run(20);
    rig.paused.add("b");
    owner.free(freed.refs);
    PeerRig.Put late = owner.put(200, 10);
    rig.run(3L * TIMEOUT);
    assertEquals(10, late.refused());
    assertFalse(owner.sees("b"));
    rig.resume("b");
    rig.run(5_000);
    assertTrue(owner.sees("b"));
    assertAllFound(owner, kept.refs);
    assertEquals(10, lender.peerNode.foreignPages(), "late puts and freed pages are not there");
    assertEquals(0, owner.peerNode.freesPending());
    PeerRig.Put again = owner.put(200, 10);
    rig.run(20);
    assertEquals(0, again.refused(), "and it is used again");
  }

  @Test
  void anOwnerThatWasPausedFindsItsPages() {
    PeerRig.Node owner = rig.start("owner", 0);
    PeerRig.Node lender = rig.start("b", ROOMY);
    rig.run(2_000);
    PeerRig.Put put = owner.put(0, 10);
    rig.run(20);
    rig.paused.add("owner");
    rig.run(6L * TIMEOUT);
    assertEquals(10, lender.peerNode.foreignPages(), "within the grace nothing is dropped");
    rig.resume("owner");
    rig.run(3_000);
    assertAllFound(owner, put.refs);
    assertEquals(List.of(), owner.heard.stream().filter(what -> what.startsWith("gone")).toList());
  }

  @Test
  void whoWasRestartedIsAStranger() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    PeerRig.Put put = owner.put(0, 10);
    rig.run(20);
    List<PeerRig.Parcel> answers = rig.held;
    rig.holds = parcel -> parcel.from().equals("b") && parcel.is(Message.GetReply.class);
    owner.get(put.refs);
    rig.run(20);
    PeerRig.Node reborn = rig.start("b", ROOMY);
    rig.holds = parcel -> false;
    rig.run(3_000);
    assertEquals(10, owner.gone.size(), "what its former life kept is gone");
    assertEquals(0, reborn.peerNode.foreignPages());
    rig.letGo(answers);
    rig.run(20);
    PeerRig.Get get = owner.get(put.refs);
    rig.settle();
    assertAll(Fetched.Gone.class, get);
    PeerRig.Put again = owner.put(0, 10);
    rig.run(20);
    assertEquals(0, again.refused());
    assertAllFound(owner, again.refs);
  }

  @Test
  void anOwnerThatWasRestartedLeavesNothingBehind() {
    PeerRig.Node owner = rig.start("owner", 0);
    PeerRig.Node lender = rig.start("b", ROOMY);
    rig.run(2_000);
    owner.put(0, 10);
    rig.run(20);
    rig.start("owner", 0);
    rig.run(3_000);
    assertEquals(0, lender.peerNode.foreignPages());
    assertEquals(10, lender.count(Count.FOREIGN_PAGES_DROPPED));
  }

  // ---- Split and heal

  @Test
  void afterASplitPagesAcrossItComeBackIntoUse() {
    PeerRig.Node one = rig.start("a", ROOMY);
    PeerRig.Node other = rig.start("b", ROOMY);
    rig.run(2_000);
    PeerRig.Put ones = one.put(0, 50);
    PeerRig.Put others = other.put(0, 50);
    PeerRig.Put freed = one.put(100, 50);
    rig.run(20);
    rig.drops = PeerRig.between("a", "b");
    one.free(freed.refs.subList(0, 25));
    rig.run(60_000);
    assertFalse(one.sees("b"));
    assertFalse(other.sees("a"));
    PeerRig.Get cut = one.get(ones.refs);
    rig.settle();
    assertAll(Fetched.Unavailable.class, cut);
    one.free(freed.refs.subList(25, 50));
    rig.drops = parcel -> false;
    rig.run(5_000);
    assertAllFound(one, ones.refs);
    assertAllFound(other, others.refs);
    assertEquals(50, other.peerNode.foreignPages(), "what was freed meanwhile is free");
    assertEquals(0, one.peerNode.freesPending());
    assertTrue(one.gone.isEmpty() && other.gone.isEmpty());
  }

  @Test
  void aNodeThatIsCutOffGivesUpNoCopyForAnotherItCannotReachEither() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(400);
    rig.start("c", ROOMY);
    rig.run(3_000);
    PeerRig.Put first = owner.put(0, 50);
    rig.run(20);
    PeerRig.Put second = owner.put(0, 50, first.handles);
    rig.run(20);
    assertEquals(0, first.refused() + second.refused());
    rig.drops = parcel -> parcel.to().equals("owner") || parcel.from().equals("owner");
    rig.run(30_000);
    assertEquals(2, owner.doubted.size());
    for (List<PageRef> doubted : owner.doubted) {
      assertEquals(100, doubted.size(), "both at once: a page keeps both of its copies");
    }
    rig.drops = parcel -> parcel.from().equals("c") || parcel.to().equals("c");
    rig.run(5_000);
    assertTrue(owner.sees("b"));
    assertTrue(owner.doubted.size() > 2, "now that one is back, the other's copies are given up");
    Set<Integer> lenders = new HashSet<>();
    owner.doubted.getLast().forEach(ref -> lenders.add(HandleLayout.lender(ref.handle())));
    assertEquals(1, lenders.size());
  }

  @Test
  void whoIsHeardAMomentAfterAnotherKeepsItsCopies() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.start("c", ROOMY);
    rig.run(3_000);
    PeerRig.Put first = owner.put(0, 50);
    rig.run(20);
    assertEquals(0, first.refused());
    assertEquals(0, owner.put(0, 50, first.handles).refused());
    rig.run(20);
    rig.drops = parcel -> parcel.to().equals("owner") || parcel.from().equals("owner");
    rig.run(30_000);
    owner.doubted.clear();
    rig.drops = PeerRig.between("owner", "c");
    for (int millis = 0; millis < 60_000 && !owner.sees("b"); millis++) {
      rig.run(1);
    }
    assertTrue(owner.sees("b"));
    rig.run(rig.timing.gossipMillis());
    rig.drops = parcel -> false;
    rig.run(30_000);
    assertTrue(owner.sees("c"));
    assertEquals(List.of(), owner.doubted, "no page gave up its copy at c");
  }

  @Test
  void whoIsHeardWhileThePagesAreWalkedOverKeepsWhatIsLeftOfItsCopies() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    PeerRig.Put put = owner.put(0, 50);
    rig.run(20);
    rig.drops = PeerRig.between("owner", "b");
    rig.run(30_000);
    assertTrue(owner.doubt.test(put.handles[0]));
    rig.drops = parcel -> false;
    rig.run(5_000);
    assertTrue(owner.sees("b"));
    assertFalse(owner.doubt.test(put.handles[0]));
  }

  @Test
  void whatCannotBeHadIsAwayUntilTheDispatcherKnows() {
    PeerRig.Node owner = rig.start("owner", 0);
    rig.start("b", ROOMY);
    rig.run(2_000);
    owner.put(0, 50);
    rig.run(20);
    assertEquals(0, owner.peerNode.pagesAway());
    rig.drops = PeerRig.between("owner", "b");
    rig.run(30_000);
    assertEquals(50, owner.peerNode.pagesAway());
    rig.drops = parcel -> false;
    rig.run(5_000);
    assertEquals(0, owner.peerNode.pagesAway());
    Promise<Void> walk = Promise.promise();
    owner.busy = walk.future();
    rig.start("b", ROOMY);
    rig.run(2_000);
    assertEquals(Set.of(), owner.named);
    assertEquals(50, owner.peerNode.pagesAway(), "they may not be struck yet");
    walk.complete();
    assertEquals(0, owner.peerNode.pagesAway());
  }

  @Test
  void oneDirectionAloneIsASplitToo() {
    PeerRig.Node one = rig.start("a", ROOMY);
    PeerRig.Node other = rig.start("b", ROOMY);
    rig.run(2_000);
    PeerRig.Put put = one.put(0, 50);
    rig.run(20);
    rig.drops = parcel -> parcel.from().equals("b") && parcel.to().equals("a");
    rig.run(30_000);
    assertFalse(one.sees("b"));
    assertTrue(other.sees("a"));
    rig.drops = parcel -> false;
    rig.run(5_000);
    assertAllFound(one, put.refs);
  }
}

package dev.tmem.ramster;

import static dev.tmem.Until.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Until;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import dev.tmem.ramster.protocol.Timing;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A lender that wants its room back, with real backends and real pools. */
class HandingBackTest {

  private static final Timing QUICK = new Timing(50, 60_000, 3_000, 50, 5, 3_600_000, 100_000);
  private static final int PERSISTENT = 3;
  private static final int EPHEMERAL = 4;

  private final Vertx vertx = Vertx.vertx();
  private final Random random = new Random(6);
  private final List<TestNode> nodes = new ArrayList<>();
  private long started = 1;
  private TestNode owner = start("owner", 0);
  private TestNode lender = owner;

  @BeforeEach
  void acquainted() {
    lender = start("lender", 8L << 20);
    until(() -> owner.sees("lender"), "the owner sees the lender");
    Until.done(owner.backend.init(new SpaceInfo(EPHEMERAL, "cache", 4096, false)));
  }

  @AfterEach
  void stop() {
    nodes.forEach(TestNode::close);
    Until.done(vertx.close());
  }

  private TestNode start(String name, long lendLimit) {
    TestNode node =
        new TestNode(
            new EventBusTransport(vertx, name),
            RamsterOptions.of(name, lendLimit).withStartedMillis(started++).withTiming(QUICK));
    nodes.add(node);
    return node;
  }

  private List<PageRef> lend(int space, int count) {
    List<Zpage> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[1_000];
      random.nextBytes(bytes);
      pages.add(Zpage.of(new PageKey(space, i), 10 + i, Codec.LZ4, 4096, bytes));
    }
    List<PageRef> refs = owner.lend(pages, owner.backend::put);
    assertEquals(count, refs.size());
    return refs;
  }

  @Test
  void aLowerLendLimitIsReached() {
    lend(PERSISTENT, 200);
    assertTrue(lender.backend.foreignBytes() > 200_000);
    lender.backend.setLendLimit(50_000);
    until(() -> lender.backend.foreignBytes() <= 50_000, "the limit holds");
    assertTrue(lender.backend.foreignPages() >= 45, "no more is handed back than needed");
    until(() -> owner.named.size() == lender.backend.foreignPages(), "nothing else is missing");
    assertEquals(200 - owner.named.size(), lender.counter("foreign_pages_handed_back"));
    assertEquals(200 - owner.named.size(), lender.peer("owner").handedBackPages());
  }

  @Test
  void whatMayBeDroppedGoesFirst() {
    List<PageRef> dropped = lend(EPHEMERAL, 100);
    List<PageRef> kept = lend(PERSISTENT, 100);
    assertEquals(100, lender.peer("owner").foreignEphemeralPages());
    lender.backend.setLendLimit(kept.size() * 1_100L);
    until(() -> lender.backend.foreignPages() <= 107, "the limit holds");
    assertEquals(0, lender.counter("foreign_pages_handed_back"));
    assertTrue(owner.named.containsAll(kept));
    assertTrue(
        Until.done(owner.backend.get(dropped)).stream()
            .anyMatch(answer -> answer instanceof Fetched.Gone));
    Until.done(owner.backend.get(kept))
        .forEach(answer -> assertInstanceOf(Fetched.Found.class, answer));
  }

  @Test
  void anOwnerWithoutAnotherPlaceIsAskedAgainAndItsPagesStayReadable() {
    List<PageRef> refs = lend(PERSISTENT, 100);
    owner.full = true;
    lender.backend.setLendLimit(0);
    until(() -> lender.counter("foreign_pages_kept") >= 100, "the owner has said no to all");
    assertEquals(100, lender.backend.foreignPages());
    Until.done(owner.backend.get(refs))
        .forEach(answer -> assertInstanceOf(Fetched.Found.class, answer));
    owner.full = false;
    until(() -> lender.backend.foreignPages() == 0, "it is asked again");
    assertTrue(owner.named.isEmpty());
  }

  @Test
  void whatTheOwnerDoesNotKnowIsFreed() {
    List<PageRef> refs = lend(PERSISTENT, 100);
    owner.named.removeAll(refs);
    owner.full = true;
    lender.backend.setLendLimit(0);
    until(() -> lender.backend.foreignPages() == 0, "nobody needs them");
    assertEquals(100, lender.counter("foreign_pages_swept"));
  }

  @Test
  void ownPagesComeFirstAndNothingIsTakenAWhileAfter() {
    lend(PERSISTENT, 200);
    lender.backend.giveWay(100_000);
    until(() -> lender.backend.foreignPages() <= 105, "room is made");
    assertTrue(lender.backend.foreignPages() >= 90, "no more than needed");
    until(() -> owner.peer("lender").spareBytes() < 5_000, "it has nothing to lend");
    lender.backend.giveWay(1L << 40);
    until(() -> lender.backend.foreignPages() == 0, "all of it");
  }

  @Test
  void theRateHolds() {
    lend(PERSISTENT, 200);
    lender.backend.setHandBackRate(1);
    lender.backend.setLendLimit(0);
    until(() -> lender.backend.foreignPages() < 200, "the first batch needs no budget");
    long left = lender.backend.foreignPages();
    until(() -> lender.peer("owner").handedBackPages() == 200 - left, "it is counted");
    lender.backend.giveWay(1L << 40);
    assertEquals(left, lender.backend.foreignPages(), "the budget is spent for a day");
  }
}

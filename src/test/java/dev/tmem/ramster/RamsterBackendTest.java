package dev.tmem.ramster;

import static dev.tmem.Until.until;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.Until;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Codec;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.SpaceInfo;
import dev.tmem.backend.Zpage;
import dev.tmem.ramster.channel.ChannelTransport;
import dev.tmem.ramster.protocol.HandleLayout;
import dev.tmem.ramster.protocol.Timing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Real backends with real pools, over each of the transports. */
@ParameterizedClass
@EnumSource
class RamsterBackendTest {

  enum Carrier {
    EVENT_BUS,
    CHANNEL
  }

  @Parameter Carrier carrier = Carrier.EVENT_BUS;

  private static final Timing QUICK = new Timing(50, 60_000, 3_000, 500, 5, 3_600_000, 100);
  private static final long LEND = 8L << 20;

  private final Vertx vertx = Vertx.vertx();
  private final List<TestNode> nodes = new ArrayList<>();
  private final Random random = new Random(5);
  private long started = 1;

  @BeforeEach
  void nobodyYet() {
    nodes.clear();
  }

  @AfterEach
  void stop() {
    nodes.forEach(TestNode::close);
    Until.done(vertx.close());
  }

  private TestNode start(String name, long lendLimit) {
    TestNode node =
        new TestNode(
            carrier == Carrier.CHANNEL
                ? new ChannelTransport(vertx, name, "127.0.0.1", 0)
                : new EventBusTransport(vertx, name),
            RamsterOptions.of(name, lendLimit)
                .withNodeId("id-" + name)
                .withStartedMillis(started++)
                .withTiming(QUICK));
    nodes.add(node);
    return node;
  }

  /** From now on frames take the way that is tested. */
  private void acquaint(TestNode a, String other) {
    until(() -> a.sees(other), "a node sees " + other);
    if (carrier == Carrier.CHANNEL) {
      until(() -> a.backend.link(a.peer(other)).equals("channel"), "a channel to " + other);
    }
  }

  private List<Zpage> pages(int count, int length) {
    List<Zpage> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      pages.add(Zpage.of(new PageKey(3, i), 10 + i, Codec.LZ4, 4096, bytes));
    }
    return pages;
  }

  private static List<PageRef> lend(TestNode owner, List<Zpage> pages) {
    return owner.lend(pages, owner.backend::put);
  }

  private static void assertFound(List<Zpage> pages, List<Fetched> answers) {
    for (int i = 0; i < pages.size(); i++) {
      Fetched.Found found = assertInstanceOf(Fetched.Found.class, answers.get(i));
      assertArrayEquals(pages.get(i).bytes(), found.zpage().bytes());
      assertEquals(Codec.LZ4, found.zpage().codec());
      assertEquals(4096, found.zpage().originalLength());
    }
  }

  @Test
  void pagesGoToAPeerComeBackAndAreFreed() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    List<Zpage> pages = pages(256, 1_500);
    List<PageRef> refs = lend(owner, pages);
    assertEquals(256, refs.size());
    assertEquals(256, lender.backend.foreignPages());
    assertEquals(256, owner.peer("lender").lentPages());
    assertEquals(256, lender.peer("owner").foreignPages());
    assertTrue(lender.backend.foreignBytes() >= 256 * 1_500);
    assertEquals(256L, lender.counter("foreign_pers_pages"));
    assertEquals(256L * 1_500, owner.backend.usage().usedBytes());
    assertFound(pages, Until.done(owner.backend.get(refs)));
    refs.forEach(owner.named::remove);
    owner.backend.free(refs);
    until(() -> lender.backend.foreignPages() == 0, "the lender is empty");
    until(() -> owner.counter("frees_pending") == 0, "frees are acknowledged");
    assertEquals(0, lender.backend.foreignBytes());
    assertEquals(0, owner.peer("lender").lentPages());
    assertInstanceOf(Fetched.Gone.class, Until.done(owner.backend.get(refs)).getFirst());
  }

  @Test
  void nobodyToLendToIsARefusal() {
    TestNode owner = start("owner", LEND);
    assertEquals(Backend.REFUSED, Until.done(owner.backend.put(pages(1, 100)))[0]);
    start("miser", 0);
    acquaint(owner, "miser");
    assertEquals(Backend.REFUSED, Until.done(owner.backend.put(pages(1, 100)))[0]);
  }

  @Test
  void theLendLimitHoldsAndCanBeMoved() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", 100_000);
    acquaint(owner, "lender");
    List<Zpage> pages = pages(256, 1_000);
    List<PageRef> kept = lend(owner, pages);
    assertTrue(kept.size() < 100, kept.size() + " pages kept");
    assertTrue(lender.backend.foreignBytes() <= 100_000);
    assertEquals(kept.size(), lender.backend.foreignPages());
    lender.backend.setLendLimit(LEND);
    until(() -> owner.peer("lender").spareBytes() > 1_000_000, "the new limit is told");
    List<Zpage> more = pages(100, 1_000);
    assertEquals(100, lend(owner, more).size());
  }

  @Test
  void aSecondCopyGoesToAnotherLender() {
    TestNode owner = start("owner", 0);
    start("one", LEND);
    acquaint(owner, "one");
    List<Zpage> pages = pages(64, 500);
    List<PageRef> refs = lend(owner, pages);
    long[] first = refs.stream().mapToLong(PageRef::handle).toArray();
    for (long handle : Until.done(owner.backend.putApart(pages, first))) {
      assertEquals(Backend.REFUSED, handle);
    }
    start("two", LEND);
    acquaint(owner, "two");
    List<PageRef> copies = owner.lend(pages, all -> owner.backend.putApart(all, first));
    assertEquals(64, copies.size());
    for (int i = 0; i < first.length; i++) {
      assertNotEquals(HandleLayout.lender(first[i]), HandleLayout.lender(copies.get(i).handle()));
    }
    assertFound(pages, Until.done(owner.backend.get(copies)));
  }

  @Test
  void aLenderThatLeftIsUnavailableAtOnceAndHarmsNothingWhenItIsBack() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    List<Zpage> pages = pages(10, 500);
    List<PageRef> refs = lend(owner, pages);
    owner.backend.peerLeft("id-lender");
    assertInstanceOf(Fetched.Unavailable.class, Until.done(owner.backend.get(refs)).getFirst());
    until(() -> owner.reasons.contains("peer lender left the cluster"), "the host is told");
    List<PageRef> struck = refs.subList(0, 5);
    struck.forEach(owner.named::remove);
    owner.backend.free(struck);
    acquaint(owner, "lender");
    assertFound(pages.subList(5, 10), Until.done(owner.backend.get(refs.subList(5, 10))));
    until(() -> lender.backend.foreignPages() == 5, "what was struck is freed");
  }

  @Test
  void aLenderThatWasRestartedHasLostItsPages() {
    TestNode owner = start("owner", LEND);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    acquaint(lender, "owner");
    List<Zpage> pages = pages(10, 500);
    List<PageRef> refs = lend(owner, pages);
    List<Zpage> others = pages(3, 500);
    lend(lender, others);
    assertEquals(3, owner.backend.foreignPages());
    lender.kill();
    start("lender", LEND);
    until(() -> owner.gone.containsAll(refs), "the copies are gone");
    assertTrue(owner.reasons.contains("peer lender was restarted"), owner.reasons.toString());
    assertEquals(0, owner.backend.foreignPages(), "its own pages are dropped");
    assertInstanceOf(Fetched.Gone.class, Until.done(owner.backend.get(refs)).getFirst());
  }

  @Test
  void aLenderThatLeavesHandsItsPagesBack() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    List<Zpage> pages = pages(50, 500);
    lend(owner, pages);
    assertEquals(0L, Until.done(lender.backend.leave(20_000)));
    assertTrue(owner.named.isEmpty());
    assertEquals("leaving", owner.peer("lender").state());
    assertEquals(Backend.REFUSED, Until.done(owner.backend.put(pages(1, 100)))[0]);
  }

  @Test
  void aLenderThatStaysAfterAllLendsAgain() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    owner.full = true;
    List<Zpage> pages = pages(50, 500);
    List<PageRef> refs = lend(owner, pages);
    Future<Long> leave = lender.backend.leave(Long.MAX_VALUE);
    until(() -> owner.peer("lender").state().equals("leaving"), "the owner hears of it");
    assertTrue(lender.backend.isLeaving());
    assertFalse(leave.isComplete());
    lender.backend.stay();
    assertEquals(50L, Until.done(leave));
    until(() -> owner.peer("lender").state().equals("alive"), "the owner hears of that too");
    assertFound(pages, Until.done(owner.backend.get(refs)));
    until(() -> lend(owner, pages(10, 500)).size() == 10, "it lends again");
  }

  @Test
  void whoeverWaitsForALeaveIsToldWhenAnotherBegins() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    owner.full = true;
    lend(owner, pages(50, 500));
    Future<Long> first = lender.backend.leave(Long.MAX_VALUE);
    Future<Long> second = lender.backend.leave(0);
    assertEquals(50L, Until.done(first));
    assertEquals(50L, Until.done(second));
  }

  @Test
  void aLenderThatLeavesDropsWhatMayBeDropped() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    owner.full = true;
    Until.done(owner.backend.init(new SpaceInfo(3, "cache", 4096, false)));
    List<PageRef> refs = lend(owner, pages(300, 100));
    assertEquals(300, lender.counter("foreign_eph_pages"));
    assertEquals(0L, Until.done(lender.backend.leave(Long.MAX_VALUE)));
    assertEquals(300, lender.counter("foreign_pages_dropped"));
    assertInstanceOf(
        Fetched.Gone.class, Until.done(owner.backend.get(refs.subList(0, 1))).getFirst());
  }

  @Test
  void aLenderThatMayNotWaitTellsWhatIsLeft() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    List<Zpage> pages = pages(50, 500);
    List<PageRef> refs = lend(owner, pages);
    assertEquals(50L, Until.done(lender.backend.leave(0)));
    nodes.remove(lender);
    lender.close();
    until(
        () -> owner.named.isEmpty() || owner.gone.containsAll(refs),
        "the pages were evacuated or are known to be gone");
  }

  @Test
  void aBorrowerThatSaysGoodbyeLeavesNothingBehind() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    List<Zpage> pages = pages(50, 500);
    lend(owner, pages);
    nodes.remove(owner);
    owner.close();
    until(() -> lender.backend.foreignPages() == 0, "the lender is empty");
    assertEquals(Backend.REFUSED, Until.done(owner.backend.put(pages(1, 100)))[0]);
  }

  @Test
  void whatNobodyNamesIsSweptAway() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    List<Zpage> pages = pages(256, 100);
    List<PageRef> refs = lend(owner, pages);
    owner.named.removeAll(refs.subList(0, 100));
    until(() -> lender.backend.foreignPages() == 156, "the forgotten pages are swept");
    assertFound(pages.subList(100, 256), Until.done(owner.backend.get(refs.subList(100, 256))));
  }

  @Test
  void foreignPagesSurviveCompaction() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    List<Zpage> pages = pages(256, 1_000);
    List<PageRef> refs = lend(owner, pages);
    List<PageRef> freed = refs.subList(0, 200);
    freed.forEach(owner.named::remove);
    owner.backend.free(freed);
    until(() -> lender.backend.foreignPages() == 56, "most are freed");
    lender.planCompaction();
    lender.backend.compact();
    assertFound(pages.subList(200, 256), Until.done(owner.backend.get(refs.subList(200, 256))));
  }

  @Test
  void garbageAtEveryAddressIsCountedAndHarmsNothing() {
    TestNode owner = start("owner", 0);
    TestNode lender = start("lender", LEND);
    acquaint(owner, "lender");
    for (String address : List.of("tmem.lender.peer", "tmem.peers")) {
      vertx.eventBus().publish(address, Buffer.buffer("not a frame"));
      vertx.eventBus().publish(address, "not even bytes");
      vertx.eventBus().publish(address, Buffer.buffer(new byte[1 << 20]));
    }
    until(() -> lender.counter("malformed_frames") == 6, "all are counted");
    List<Zpage> pages = pages(3, 500);
    List<PageRef> refs = lend(owner, pages);
    assertFound(pages, Until.done(owner.backend.get(refs)));
  }

  @Test
  void threeNodesLendToEachOtherAtOnce() {
    List<TestNode> all = Stream.of("a", "b", "c").map(name -> start(name, LEND)).toList();
    for (TestNode node : all) {
      until(() -> Stream.of("a", "b", "c").filter(node::sees).count() == 2, "all see all");
    }
    for (int round = 0; round < 5; round++) {
      for (TestNode node : all) {
        List<Zpage> pages = pages(256, 800);
        List<PageRef> refs = lend(node, pages);
        assertEquals(256, refs.size());
        assertFound(pages, Until.done(node.backend.get(refs)));
      }
    }
    long lent = all.stream().mapToLong(node -> node.backend.foreignPages()).sum();
    assertEquals(3 * 5 * 256, lent);
  }
}

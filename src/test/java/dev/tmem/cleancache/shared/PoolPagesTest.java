package dev.tmem.cleancache.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ObjectKey;
import dev.tmem.Until;
import dev.tmem.backend.Scheduler;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.PageStore.Fitness;
import dev.tmem.dispatch.ManualScheduler;
import dev.tmem.dispatch.TestNode;
import dev.tmem.dispatch.ThreadScheduler;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which caches a home keeps, with which options, and for how long. */
class PoolPagesTest {

  private static final UUID CACHE = new UUID(3, 5);
  private static final CacheName ONE = new CacheName(CACHE, 4096, 0);
  private static final CacheName OTHER = new CacheName(CACHE, 8192, 0);
  private static final UUID ALPHA = new UUID(0, 1);
  private static final UUID BETA = new UUID(0, 2);
  private static final ObjectKey OBJECT = ObjectKey.of("an object");

  private final ThreadScheduler threads = new ThreadScheduler(1);
  private final TestNode node = new TestNode(threads, 32L << 20);
  private long now = 1_000_000_000L;

  private final PoolPages pages =
      new PoolPages(
          node.dispatcher,
          new Scheduler() {
            @Override
            public long nanoTime() {
              return now;
            }

            @Override
            public void execute(Runnable task) {
              threads.execute(task);
            }

            @Override
            public Timer schedule(long delayMillis, Runnable task) {
              return threads.schedule(delayMillis, task);
            }
          },
          3);

  @BeforeEach
  void begin() {
    Until.done(node.dispatcher.register(node.zram));
    pages.setLimit(8L << 20);
  }

  @AfterEach
  void end() {
    Until.done(pages.endAll());
    threads.close();
    node.close();
  }

  /** Asks until it is made. */
  private Fitness open(CacheName cache, UUID holder, boolean isHeld) {
    Until.until(() -> pages.open(cache, holder, isHeld, now) != Fitness.NOT_YET, "it is made");
    return pages.open(cache, holder, isHeld, now);
  }

  private Fitness ask(CacheName cache) {
    Until.until(() -> pages.prepare(cache) != Fitness.NOT_YET, "it is made");
    return pages.prepare(cache);
  }

  private void put(CacheName cache, String page) {
    put(pages, cache, page);
  }

  private void put(PoolPages to, CacheName cache, String page) {
    byte[] packed =
        node.dispatcher.codec().pack(ByteBuffer.wrap(page.getBytes(StandardCharsets.UTF_8)));
    to.put(cache, OBJECT, 1, BufferInternal.buffer(Unpooled.wrappedBuffer(packed)));
  }

  private boolean isThere(CacheName cache) {
    return pages.get(cache, OBJECT, 1) != null;
  }

  private CacheName only() {
    List<PoolPages.Share> shares = pages.shares();
    assertEquals(1, shares.size());
    return shares.getFirst().cache();
  }

  // ---- Options

  @Test
  void whoHoldsItFirstDecidesTheOptions() {
    for (boolean isHeld : new boolean[] {false, true}) {
      assertEquals(Fitness.FIT, open(ONE, ALPHA, isHeld));
      assertEquals(Fitness.OTHER_OPTIONS, pages.open(OTHER, BETA, false, now));
      put(ONE, "kept");
      Until.done(pages.close(OTHER, BETA));
      assertTrue(isThere(ONE));
      assertNull(pages.get(OTHER, OBJECT, 1));
      assertEquals(1, pages.shares().getFirst().holders());
    }
    assertEquals(Fitness.OTHER_OPTIONS, pages.open(OTHER, BETA, true, now));
    assertEquals(Fitness.OTHER_OPTIONS, pages.prepare(OTHER));
    assertTrue(isThere(ONE));
    Until.done(pages.close(ONE, ALPHA));
    assertEquals(Fitness.FIT, open(OTHER, BETA, false));
  }

  /** A home that is new may hear of who is refused elsewhere before it hears of the holder. */
  @Test
  void whatIsMerelyWantedGivesWayToWhatIsHeld() {
    assertEquals(Fitness.FIT, open(OTHER, BETA, false));
    assertEquals(Fitness.FIT, open(ONE, ALPHA, true));
    assertEquals(ONE, only());
    put(ONE, "kept");
    Until.done(pages.close(OTHER, BETA));
    assertTrue(isThere(ONE));
  }

  @Test
  void whatIsMerelyWantedGivesWayToWhoAsksForPages() {
    assertEquals(Fitness.FIT, open(OTHER, BETA, false));
    put(OTHER, "of nobody");
    assertEquals(Fitness.FIT, ask(ONE));
    assertEquals(ONE, only());
    assertEquals(0, pages.shares().getFirst().holders());
    assertTrue(!isThere(ONE) && !isThere(OTHER));
  }

  @Test
  void whatNobodyHoldsGivesWayToWhoWantsIt() {
    assertEquals(Fitness.FIT, ask(ONE));
    assertEquals(Fitness.FIT, open(OTHER, BETA, false));
    assertEquals(OTHER, only());
  }

  @Test
  void whatGivesWayGivesItsPlaceBack() {
    for (int i = 0; i < 20; i++) {
      assertEquals(Fitness.FIT, open(OTHER, BETA, false));
      assertEquals(Fitness.FIT, open(ONE, ALPHA, true));
      Until.done(pages.close(ONE, ALPHA));
      assertTrue(pages.shares().isEmpty());
    }
    for (int i = 0; i < 3; i++) {
      assertEquals(Fitness.FIT, open(new CacheName(new UUID(9, i), 4096, 0), ALPHA, true));
    }
    assertEquals(Fitness.NO_ROOM, pages.open(ONE, ALPHA, false, now));
  }

  // ---- Holders

  @Test
  void aHolderThatIsSilentHoldsNothingAfterHalfAMinute() {
    assertEquals(Fitness.FIT, open(ONE, ALPHA, true));
    put(ONE, "kept");
    now += PoolPages.HOLDER_NANOS - 1;
    pages.sweep(now);
    assertTrue(isThere(ONE));
    assertEquals(Fitness.OTHER_OPTIONS, pages.open(OTHER, BETA, false, now));
    now += 1;
    pages.sweep(now);
    assertTrue(pages.shares().isEmpty());
    assertNull(pages.get(ONE, OBJECT, 1));
  }

  @Test
  void aHolderThatIsHeardHoldsIt() {
    assertEquals(Fitness.FIT, open(ONE, ALPHA, true));
    assertEquals(Fitness.FIT, open(ONE, BETA, true));
    put(ONE, "kept");
    for (int i = 0; i < 10; i++) {
      now += PoolPages.HOLDER_NANOS - 1;
      assertEquals(Fitness.FIT, pages.open(ONE, ALPHA, true, now));
      pages.sweep(now);
      assertTrue(isThere(ONE));
      assertEquals(i == 0 ? 2 : 1, pages.shares().getFirst().holders());
    }
    assertNotNull(pages.get(ONE, OBJECT, 1));
  }

  @Test
  void theOptionsOfASilentHolderBindNobody() {
    assertEquals(Fitness.FIT, open(ONE, ALPHA, true));
    now += PoolPages.HOLDER_NANOS;
    assertEquals(Fitness.FIT, open(OTHER, BETA, false));
    assertEquals(OTHER, only());
  }

  @Test
  void whatIsAskedForAndNotHeldIsThereForHalfAMinute() {
    assertEquals(Fitness.FIT, ask(ONE));
    now += PoolPages.HOLDER_NANOS - 1;
    pages.sweep(now);
    assertEquals(1, pages.shares().size());
    now += 1;
    pages.sweep(now);
    assertTrue(pages.shares().isEmpty());
  }

  @Test
  void aPageEndsWithItsTime() {
    ManualScheduler clock = new ManualScheduler();
    try (TestNode mortalNode = new TestNode(clock, 16L << 20)) {
      Future<Void> registered = mortalNode.dispatcher.register(mortalNode.zram);
      clock.until(registered::isComplete);
      PoolPages mortal = new PoolPages(mortalNode.dispatcher, clock, 3);
      mortal.setLimit(8L << 20);
      CacheName brief = new CacheName(CACHE, 4096, 3);
      clock.until(() -> mortal.open(brief, ALPHA, true, clock.nanoTime()) == Fitness.FIT);
      put(mortal, brief, "three seconds");
      clock.advance(2_900);
      assertNotNull(mortal.get(brief, OBJECT, 1));
      clock.advance(1_200);
      assertNull(mortal.get(brief, OBJECT, 1));
      Future<Void> ended = mortal.endAll();
      clock.until(ended::isComplete);
    }
  }
}

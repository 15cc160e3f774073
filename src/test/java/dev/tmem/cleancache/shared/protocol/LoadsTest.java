package dev.tmem.cleancache.shared.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import dev.tmem.cli.simulation.shared.SimStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One loader runs for a page, whenever who asks. A single home, asked by itself and by a guest. */
class LoadsTest {

  private static final long MILLI = 1_000_000;
  private static final CacheName CACHE = new CacheName(new UUID(1, 2), 4096, 0);
  private static final ObjectKey OBJECT = ObjectKey.of("an object");
  private static final ViewName NO_VIEW = new ViewName(new UUID(0, 0), 0);

  private final Member self = new Member(new UUID(1, 1), "home", "home", 1);
  private final Member guest = new Member(new UUID(2, 2), "guest", "guest", 0);
  private final Store store = new Store();
  private final List<Reply> toGuest = new ArrayList<>();
  private long now;
  private final SharedNode node =
      new SharedNode(
          self, "home", true, Timing.DEFAULT, new Random(1), store, new Out(), new HomeRules(), 0);

  /** Something may happen after a look at it. */
  private static final class Store extends SimStore {
    @Nullable Runnable afterLook;
    @Nullable Runnable beforePut;

    Store() {
      super(Runnable::run);
    }

    @Override
    public @Nullable Buffer get(CacheName cache, ObjectKey object, int index) {
      Buffer page = super.get(cache, object, index);
      Runnable next = afterLook;
      afterLook = null;
      if (next != null) {
        next.run();
      }
      return page;
    }

    @Override
    public void put(CacheName cache, ObjectKey object, int index, Buffer page) {
      Runnable next = beforePut;
      beforePut = null;
      if (next != null) {
        next.run();
      }
      super.put(cache, object, index, page);
    }
  }

  private final class Out implements Outbox {
    @Override
    public void send(Member to, Message message) {
      if (message instanceof Reply reply) {
        toGuest.add(reply);
      }
    }

    @Override
    public void broadcast(Message message) {}

    @Override
    public void claim() {
      claimed = true;
    }
  }

  private boolean claimed;

  @BeforeEach
  void found() {
    while (!node.hasLease(now)) {
      pass(50);
      if (claimed) {
        claimed = false;
        node.mayFound(true, new UUID(7, 7), now);
      }
    }
    pass(10_000); // nobody else can hold a lease
  }

  private void pass(long millis) {
    for (long end = now + millis * MILLI; now < end; ) {
      now += 50 * MILLI;
      node.tick(now);
    }
  }

  private Request request(Operation operation, long number, List<Buffer> pages, long token) {
    View view = node.view();
    ViewName name = view == null ? NO_VIEW : view.name();
    return new Request(name, number, 0, operation, CACHE, OBJECT, List.of(0), pages, token);
  }

  private Future<Reply> load() {
    return node.begin(request(Operation.LOAD, 0, List.of(), 0), now);
  }

  private void loaded(long token) {
    Buffer page = Buffer.buffer("loaded");
    Future<Reply> done = node.begin(request(Operation.PUT, 0, List.of(page), token), now);
    assertEquals(Outcome.DONE, done.result().outcome());
  }

  /** A request of the guest's, which comes as often as it is called. */
  private Reply fromGuest(Operation operation, long number, long token) {
    List<Reply> replies = new ArrayList<>();
    node.receive(guest, request(operation, number, List.of(), token), now, replies::add);
    return replies.getFirst();
  }

  private static String text(Reply reply) {
    assertEquals(Outcome.DONE, reply.outcome());
    return String.valueOf(reply.pages().getFirst());
  }

  @Test
  void whoLooksBeforeALoadHasEndedAndAsksAfterItFindsThePage() {
    long token = load().result().token();
    store.afterLook = () -> loaded(token);
    assertEquals("loaded", text(load().result()));
    assertEquals(0, node.loadsUnderWay());
  }

  @Test
  void whoHasJoinedALoadThatNeedNotRunIsToldThePage() {
    long token = load().result().token();
    List<Future<Reply>> joined = new ArrayList<>();
    store.afterLook =
        () -> {
          loaded(token);
          store.afterLook = () -> joined.add(load());
          assertEquals("loaded", text(load().result()));
        };
    assertEquals("loaded", text(load().result()));
    joined.forEach(other -> assertEquals("loaded", text(other.result())));
    assertEquals(0, node.loadsUnderWay());
    assertEquals(0, node.loadsWaitedFor());
  }

  @Test
  void aLateCopyOfARequestBeginsNoSecondLoad() {
    Reply told = fromGuest(Operation.LOAD, 1, 0);
    assertEquals(Outcome.LOAD_IT, told.outcome());
    assertEquals(Outcome.LOADING, fromGuest(Operation.LOAD, 2, 0).outcome());
    loaded(told.token());
    assertEquals("loaded", text(toGuest.getFirst()));
    store.invalidateAll(CACHE);
    for (int copy = 0; copy < 3; copy++) {
      assertEquals(Outcome.LATE, fromGuest(Operation.LOAD, 1, 0).outcome());
      assertEquals("loaded", text(fromGuest(Operation.LOAD, 2, 0)));
    }
    assertEquals(0, node.loadsUnderWay());
    assertEquals(Outcome.LOAD_IT, fromGuest(Operation.LOAD, 3, 0).outcome());
  }

  @Test
  void aHomeThatHasStoodStillDoesNotTakeTheLoaderForDead() {
    long token = fromGuest(Operation.LOAD, 1, 0).token();
    Future<Reply> waiting = load();
    now += 60_000 * MILLI;
    node.tick(now);
    pass(4_000);
    assertEquals(Outcome.LOADING, fromGuest(Operation.LOAD, 2, 0).outcome());
    fromGuest(Operation.LOAD, 3, token); // it is at work
    pass(4_000);
    assertEquals(Outcome.LOADING, fromGuest(Operation.LOAD, 2, 0).outcome());
    loaded(token);
    assertEquals("loaded", text(waiting.result()));
  }

  @Test
  void aLoaderThatIsSilentIsGivenUp() {
    fromGuest(Operation.LOAD, 1, 0);
    Future<Reply> waiting = load();
    pass(10_000);
    assertTrue(waiting.isComplete());
    assertEquals(Outcome.LOAD_IT, waiting.result().outcome());
  }

  @Test
  void whatNobodyAsksForAnyMoreIsForgotten() {
    fromGuest(Operation.LOAD, 1, 0);
    assertEquals(Outcome.LOADING, fromGuest(Operation.LOAD, 2, 0).outcome());
    invalidate();
    assertEquals(Outcome.LOAD_IT, fromGuest(Operation.LOAD, 3, 0).outcome());
    assertEquals(2, node.loadsUnderWay());
    pass(60_000);
    assertEquals(0, node.loadsUnderWay());
    assertEquals(0, node.loadsWaitedFor());
  }

  @Test
  void aLoadOfWhichIsHeardIsNotForgotten() {
    long token = fromGuest(Operation.LOAD, 1, 0).token();
    for (int i = 0; i < 60; i++) {
      pass(1_000);
      fromGuest(Operation.LOAD, 2 + i, token);
    }
    assertEquals(1, node.loadsUnderWay());
  }

  /** A put, or an invalidate, between the look whether a load is wanted still and its put. */
  private void changeWhileALoadIsKept(Runnable change) throws InterruptedException {
    long token = load().result().token();
    Thread other = new Thread(change, "change");
    store.beforePut =
        () -> {
          other.start();
          // it goes through now, or stands before the lock that is held meanwhile
          while (other.isAlive() && other.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
          }
        };
    loaded(token);
    other.join();
  }

  @Test
  void whatALoadHasBroughtDoesNotComeAfterAPutThatHasCompleted() throws InterruptedException {
    List<Buffer> newer = List.of(Buffer.buffer("newer"));
    changeWhileALoadIsKept(() -> node.begin(request(Operation.PUT, 0, newer, 0), now));
    assertEquals("newer", text(load().result()));
  }

  @Test
  void norAfterAnInvalidateThatHasCompleted() throws InterruptedException {
    changeWhileALoadIsKept(this::invalidate);
    assertEquals(Outcome.LOAD_IT, load().result().outcome());
  }

  private void invalidate() {
    node.begin(request(Operation.INVALIDATE_PAGE, 0, List.of(), 0), now);
  }
}

package dev.tmem.cleancache.shared.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a caller says of requests that are not answered, or not by all who were asked. */
class CallerTest {

  private static final long MILLI = 1_000_000;
  private static final long TICK = 50 * MILLI;
  private static final CacheName CACHE = new CacheName(new UUID(1, 2), 4096, 0);
  private static final ViewName NO_VIEW = new ViewName(new UUID(0, 0), 0);
  private static final Timing TIMING = Timing.DEFAULT;
  private static final long CALL = TIMING.callMillis() * MILLI;

  private final Member self = new Member(new UUID(1, 1), "caller", "caller", 0);
  private final Member first = new Member(new UUID(2, 2), "first", "first", 1);
  private final Member second = new Member(new UUID(3, 3), "second", "second", 1);
  private final List<Request> sent = new ArrayList<>();
  private final Outbox out =
      new Outbox() {
        @Override
        public void send(Member to, Message message) {
          sent.add((Request) message);
          if (answersAtOnce) {
            answer(to, last(), Outcome.DONE);
          }
        }

        @Override
        public void broadcast(Message message) {
          throw new AssertionError("a caller has nothing to say to all");
        }

        @Override
        public void claim() {
          throw new AssertionError("a caller founds nothing");
        }
      };
  private final Caller caller =
      new Caller(
          self,
          TIMING,
          new Home(
              self,
              TIMING,
              new HomeRules(),
              new SimStore(Runnable::run),
              (view, slot, settledAt, now) -> true,
              new Loads(self.incarnation(), (to, reply, at) -> {}, 0)),
          0);
  private final View view = View.first(new UUID(4, 4), first, true);
  private long now;
  private boolean answersAtOnce;

  private Future<Reply> put(long object) {
    return caller.begin(
        new Request(
            NO_VIEW,
            0,
            0,
            Operation.PUT,
            CACHE,
            ObjectKey.of(object),
            List.of(0),
            List.of(Buffer.buffer("page")),
            0),
        null,
        now,
        out);
  }

  private Request last() {
    return sent.getLast();
  }

  private void answer(Member from, Request request, Outcome outcome) {
    caller.answered(from, Reply.of(request.number(), outcome), now, out);
  }

  private void pass(long until) {
    while (now < until) {
      now += TICK;
      caller.tick(now, out);
    }
  }

  @Test
  void aPutThatNobodyAnswersHasNoKnownOutcome() {
    caller.install(view);
    Future<Reply> put = put(1);
    pass(CALL);
    assertEquals(Outcome.LATE, put.result().outcome());
  }

  @Test
  void aPutThatIsRefusedUntilTheEndWasNotCarriedOut() {
    caller.install(view);
    Future<Reply> put = put(1);
    answer(first, last(), Outcome.NO_LEASE);
    while (!put.isComplete()) {
      int before = sent.size();
      pass(now + TICK);
      if (sent.size() > before) {
        answer(first, last(), Outcome.NO_LEASE);
      }
    }
    assertEquals(Outcome.NO_LEASE, put.result().outcome());
  }

  /** The first home may have carried it out, and somebody may have seen it there. */
  @Test
  void aPutThatAnEarlierHomeHasNotAnsweredHasNoKnownOutcomeThoughTheNextRefusesIt() {
    caller.install(view);
    Future<Reply> put = put(1);
    caller.install(view.successor(List.of(second), false, List.of(), true));
    caller.follow(now, out);
    while (!put.isComplete()) {
      assertEquals(Operation.INVALIDATE_PAGE, last().operation());
      answer(second, last(), Outcome.NOT_YET);
      int before = sent.size();
      while (sent.size() == before && !put.isComplete()) {
        pass(now + TICK);
      }
    }
    assertEquals(Outcome.LATE, put.result().outcome());
  }

  /**
   * A home learns from a request that those of lower numbers are over, but for one that is still
   * under way; so what is given up must not be followed by anything while it has a lower neighbour.
   */
  @Test
  void whatIsGivenUpIsOverForTheNextRequestOfItsSender() {
    caller.install(view);
    now = TICK / 2;
    Future<Reply> lower = put(1);
    now = 0; // its clock was read before the other's
    Future<Reply> higher = put(2);
    pass(CALL);
    assertFalse(lower.isComplete());
    assertFalse(higher.isComplete());
    pass(CALL + 2 * TICK);
    assertTrue(lower.isComplete());
    assertEquals(Outcome.LATE, higher.result().outcome());
    put(2);
    assertTrue(last().floor() > 2, () -> "the floor is " + last().floor());
  }

  @Test
  void aPutForWhichThereWasNoRoomGoesOnWhileAnotherCopyIsOnItsWay() {
    caller.install(view);
    Future<Reply> put = put(1);
    pass(TIMING.resendMillis() * MILLI);
    assertEquals(2, sent.size());
    answer(first, last(), Outcome.OVERLOADED);
    assertFalse(put.isComplete());
    answer(first, last(), Outcome.DONE);
    assertEquals(Outcome.DONE, put.result().outcome());
  }

  @Test
  void aPutForWhichThereIsNoRoomEnds() {
    caller.install(view);
    Future<Reply> put = put(1);
    answer(first, last(), Outcome.OVERLOADED);
    assertEquals(Outcome.OVERLOADED, put.result().outcome());
  }

  // ---- Refusals

  @Test
  void whatWasRefusedIsTriedAgainUnderAnotherNumber() {
    caller.install(view);
    Future<Reply> put = put(1);
    answer(first, last(), Outcome.NOT_YET);
    pass(TIMING.retryMillis() * MILLI);
    assertEquals(2, sent.size());
    assertTrue(last().number() > sent.getFirst().number());
    assertEquals(last().number(), last().floor(), "the first number is over");
    answer(first, last(), Outcome.DONE);
    assertEquals(Outcome.DONE, put.result().outcome());
  }

  @Test
  void aPutThatWasRefusedIsAPutForTheNextHome() {
    caller.install(view);
    Future<Reply> put = put(1);
    answer(first, last(), Outcome.OTHER_VIEW);
    caller.install(view.successor(List.of(second), false, List.of(), true));
    caller.follow(now, out);
    assertEquals(Operation.PUT, last().operation());
    answer(second, last(), Outcome.DONE);
    assertEquals(Outcome.DONE, put.result().outcome());
  }

  /** Two copies were sent and one was refused, which the network says twice. */
  @Test
  void aRefusalThatIsHeardTwiceSpeaksForOneNumber() {
    caller.install(view);
    Future<Reply> put = put(1);
    Request refused = last();
    pass(TIMING.resendMillis() * MILLI);
    assertEquals(2, sent.size());
    assertEquals(refused.number(), last().number());
    answer(first, refused, Outcome.NOT_YET);
    pass(now + TIMING.retryMillis() * MILLI);
    assertEquals(3, sent.size());
    answer(first, refused, Outcome.NOT_YET);
    caller.install(view.successor(List.of(second), false, List.of(), true));
    caller.follow(now, out);
    assertEquals(Operation.INVALIDATE_PAGE, last().operation(), "the first may have done it");
    assertFalse(put.isComplete());
  }

  @Test
  void noRoomAtTheNextHomeDoesNotTellWhatTheFirstHasDone() {
    caller.install(view);
    Future<Reply> put = put(1);
    caller.install(view.successor(List.of(second), false, List.of(), true));
    caller.follow(now, out);
    answer(second, last(), Outcome.OVERLOADED);
    assertEquals(Outcome.LATE, put.result().outcome());
  }

  // ---- Order

  private Future<Reply> begin(Operation operation, long object, Integer... indexes) {
    List<Buffer> pages = new ArrayList<>();
    if (operation == Operation.PUT) {
      for (Integer index : indexes) {
        pages.add(Buffer.buffer("page " + index));
      }
    }
    return caller.begin(
        new Request(
            view.name(), 0, 0, operation, CACHE, ObjectKey.of(object), List.of(indexes), pages, 0),
        operation == Operation.INVALIDATE_CACHE ? first : null,
        now,
        out);
  }

  private static Outcome outcome(Future<Reply> future) {
    return future.result().outcome();
  }

  @Test
  void aChangeWaitsForAnEarlierOneOfItsPageHoweverOftenThatIsSent() {
    caller.install(view);
    Future<Reply> older = begin(Operation.PUT, 1, 7);
    Future<Reply> newer = begin(Operation.PUT, 1, 7);
    pass(TIMING.resendMillis() * MILLI);
    answer(first, last(), Outcome.NOT_YET);
    pass(now + TIMING.retryMillis() * MILLI);
    assertEquals(3, sent.size());
    assertEquals(2, caller.underWay());
    answer(first, last(), Outcome.DONE);
    assertEquals(Outcome.DONE, outcome(older));
    assertEquals(4, sent.size());
    assertFalse(newer.isComplete());
    assertEquals(last().number(), last().floor(), "the older one is over");
    answer(first, last(), Outcome.DONE);
    assertEquals(Outcome.DONE, outcome(newer));
    assertEquals(0, caller.underWay());
  }

  @Test
  void whatFailsFailsNothingThatWaitedForIt() {
    caller.install(view);
    Future<Reply> older = begin(Operation.PUT, 1, 7);
    Future<Reply> newer = begin(Operation.INVALIDATE_PAGE, 1, 7);
    answer(first, last(), Outcome.OVERLOADED);
    assertEquals(Outcome.OVERLOADED, outcome(older));
    assertEquals(Operation.INVALIDATE_PAGE, last().operation());
    answer(first, last(), Outcome.DONE);
    assertEquals(Outcome.DONE, outcome(newer));
  }

  @Test
  void otherPagesWaitForNothing() {
    caller.install(view);
    begin(Operation.PUT, 1, 7);
    begin(Operation.PUT, 1, 8);
    begin(Operation.PUT, 2, 7);
    begin(Operation.PUT, 3, 1, 3, 5);
    begin(Operation.PUT, 3, 2, 4, 6);
    begin(Operation.PUT, 3, 7, 8);
    begin(Operation.GET, 3, 9, 10);
    begin(Operation.GET, 1, 9);
    begin(Operation.LOAD, 1, 9);
    begin(Operation.PUT, 1, 9, 10); // for the get; never for the load
    assertEquals(9, sent.size());
    answer(first, sent.get(7), Outcome.DONE);
    assertEquals(10, sent.size());
  }

  @Test
  void anObjectAndABatchWaitForEachOfTheirPages() {
    caller.install(view);
    begin(Operation.PUT, 1, 7);
    begin(Operation.PUT, 1, 8);
    begin(Operation.INVALIDATE_OBJECT, 1);
    begin(Operation.PUT, 1, 6, 7, 8);
    begin(Operation.GET, 1, 5, 8);
    begin(Operation.LOAD, 1, 6);
    assertEquals(2, sent.size());
    answer(first, sent.get(1), Outcome.DONE);
    assertEquals(2, sent.size());
    answer(first, sent.get(0), Outcome.DONE);
    assertEquals(Operation.INVALIDATE_OBJECT, last().operation());
    assertEquals(3, sent.size());
    answer(first, last(), Outcome.DONE);
    assertEquals(Operation.PUT, last().operation());
    assertEquals(4, sent.size());
    answer(first, last(), Outcome.DONE);
    assertEquals(6, sent.size());
    assertEquals(Operation.GET, sent.get(4).operation());
    assertEquals(Operation.LOAD, last().operation());
  }

  @Test
  void anInvalidateOfTheCacheWaitsForAllPutsAndNothingForIt() {
    caller.install(view);
    begin(Operation.PUT, 1, 7);
    begin(Operation.PUT, 2, 7);
    begin(Operation.INVALIDATE_PAGE, 3, 7);
    begin(Operation.INVALIDATE_CACHE, 0);
    begin(Operation.PUT, 4, 7);
    assertEquals(4, sent.size());
    answer(first, sent.get(3), Outcome.DONE);
    answer(first, sent.get(1), Outcome.DONE);
    assertEquals(4, sent.size());
    answer(first, sent.get(0), Outcome.DONE);
    assertEquals(Operation.INVALIDATE_CACHE, last().operation());
  }

  /** It was never sent, so nothing has come of it. */
  @Test
  void whatWaitsTooLongIsGivenUpUnsent() {
    caller.install(view);
    begin(Operation.PUT, 1, 7);
    pass(CALL / 2);
    Future<Reply> newer = begin(Operation.PUT, 1, 7);
    Future<Reply> get = begin(Operation.GET, 1, 7);
    pass(now + TIMING.getMillis() * MILLI);
    assertEquals(Outcome.NO_LEASE, outcome(get));
    while (now < CALL / 2 + CALL) {
      pass(now + TICK);
      if (last().number() > 1 && !newer.isComplete()) {
        answer(first, last(), Outcome.NOT_YET);
      }
    }
    assertEquals(Outcome.NO_LEASE, outcome(newer));
    assertEquals(0, caller.underWay());
  }

  @Test
  void theEndUnsaysWhatWaits() {
    caller.install(view);
    Future<Reply> older = begin(Operation.PUT, 1, 7);
    Future<Reply> newer = begin(Operation.PUT, 1, 7);
    Future<Reply> newest = begin(Operation.PUT, 1, 7);
    caller.close(now, out);
    assertEquals(Outcome.LATE, outcome(older));
    assertEquals(Outcome.NO_LEASE, outcome(newer));
    assertEquals(Outcome.NO_LEASE, outcome(newest));
    assertEquals(1, sent.size());
    assertEquals(0, caller.underWay());
  }

  /** Each is over as soon as it is begun. */
  @Test
  void manyThatWaitForOneAreBegunOneAfterTheOther() {
    caller.install(view);
    Future<Reply> older = begin(Operation.PUT, 1, 7);
    List<Future<Reply>> gets = new ArrayList<>();
    for (int i = 1; i < Caller.CALLS_MAX; i++) {
      gets.add(begin(Operation.GET, 1, 7));
    }
    assertEquals(Outcome.OVERLOADED, outcome(begin(Operation.PUT, 2, 7)));
    answersAtOnce = true;
    answer(first, last(), Outcome.DONE);
    assertEquals(Outcome.DONE, outcome(older));
    gets.forEach(get -> assertEquals(Outcome.DONE, outcome(get)));
    assertEquals(0, caller.underWay());
  }
}

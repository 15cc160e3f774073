package dev.tmem.eventbus;

import static dev.tmem.eventbus.BusNode.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.OutcomeUnknownException;
import dev.tmem.TmemException;
import dev.tmem.Until;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The requests of a client, to a node that answers when the test says so. */
@ExtendWith(VertxExtension.class)
class ChannelTest {

  private static final long LONG_MILLIS = 60_000;

  private final BlockingQueue<Message<Object>> arrived = new LinkedBlockingQueue<>();
  private @Nullable MessageConsumer<Object> consumer;
  private @Nullable Vertx vertx;

  @BeforeEach
  void listen(Vertx given) {
    vertx = given;
    consumer = given.eventBus().localConsumer("tmem.fake", arrived::add);
  }

  private Channel channel(long timeoutMillis) {
    assertNotNull(vertx);
    return new Channel(vertx, "fake", timeoutMillis);
  }

  private static Future<Message<Object>> ask(Channel channel, @Nullable Object body) {
    return channel.request(new DeliveryOptions(), body, false);
  }

  private Message<Object> next() throws InterruptedException {
    Message<Object> message = arrived.poll(Until.SECONDS, TimeUnit.SECONDS);
    assertNotNull(message, "a request was expected");
    return message;
  }

  private static long number(Message<Object> message, String header) {
    return Long.parseLong(String.valueOf(message.headers().get(header)));
  }

  private static TmemException failureOf(Future<?> future) {
    return assertThrows(TmemException.class, () -> get(future));
  }

  @Test
  void requestsInFlightAreBoundedAndInOrder() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    List<Future<Message<Object>>> replies = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      replies.add(ask(channel, i));
    }
    List<Message<Object>> held = new ArrayList<>();
    for (int i = 0; i < Channel.MAX_IN_FLIGHT; i++) {
      held.add(next());
    }
    for (int i = Channel.MAX_IN_FLIGHT; i < 3000; i++) {
      assertNull(arrived.peek(), "over the bound");
      held.getFirst().reply(null);
      held.removeFirst();
      Message<Object> message = next();
      assertEquals(i, message.body());
      assertEquals(i + 1, number(message, "sequence"));
      held.add(message);
    }
    held.forEach(message -> message.reply(null));
    replies.forEach(BusNode::get);
  }

  @Test
  void bytesInFlightAreBounded() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    int size = 1 << 20;
    int most = (int) (Channel.MAX_BYTES_IN_FLIGHT / size);
    List<Future<Message<Object>>> replies = new ArrayList<>();
    for (int i = 0; i < 2 * most; i++) {
      replies.add(
          i % 2 == 0
              ? ask(channel, Buffer.buffer(new byte[size]))
              : channel.request(new DeliveryOptions(), null, false, size));
    }
    List<Message<Object>> held = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      held.add(next());
    }
    // what is sent now arrives after all of these: more of them would come before it
    assertNotNull(vertx);
    vertx.eventBus().send("tmem.fake", "last");
    assertEquals("last", next().body(), "over the bound");
    held.forEach(message -> message.reply(null));
    for (int i = 0; i < most; i++) {
      next().reply(null);
    }
    replies.forEach(BusNode::get);
  }

  @Test
  void aRequestLargerThanTheBoundGoesAlone() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    Buffer large = Buffer.buffer(new byte[(int) Channel.MAX_BYTES_IN_FLIGHT + 1]);
    Future<Message<Object>> first = ask(channel, large);
    Future<Message<Object>> second = ask(channel, Buffer.buffer("x"));
    Message<Object> message = next();
    assertNull(arrived.poll());
    message.reply(null);
    next().reply(null);
    get(first);
    get(second);
  }

  @Test
  void whatWaitsIsBounded() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    for (int i = 0; i < Channel.MAX_IN_FLIGHT + Channel.MAX_WAITING; i++) {
      ask(channel, null);
    }
    TmemException error = failureOf(ask(channel, null));
    assertEquals(ErrorCode.OVERLOADED, error.code(), error.toString());
    next().reply(null);
    channel.close();
  }

  @Test
  void noAnswerLeavesTheOutcomeUnknownIfThereWasSomethingToChange() throws InterruptedException {
    Channel channel = channel(200);
    Future<?> store = channel.request(new DeliveryOptions(), null, true);
    Future<?> load = channel.request(new DeliveryOptions(), null, false);
    assertTrue(failureOf(store) instanceof OutcomeUnknownException);
    assertEquals(ErrorCode.NODE_UNREACHABLE, failureOf(load).code());
    Message<Object> late = next();
    next();
    Future<?> another = ask(channel, null);
    Message<Object> message = next();
    assertEquals(1, number(late, "sequence"));
    assertEquals(3, number(message, "floor"), "those given up are below it");
    message.reply(null);
    late.reply(null);
    get(another);
  }

  @Test
  void whatWaitedForTooLongIsNeverSent() throws InterruptedException {
    Channel channel = channel(200);
    List<Future<Message<Object>>> replies = new ArrayList<>();
    for (int i = 0; i < Channel.MAX_IN_FLIGHT + 100; i++) {
      replies.add(channel.request(new DeliveryOptions(), null, true));
    }
    int neverSent = 0;
    for (Future<?> reply : replies) {
      TmemException error = failureOf(reply);
      if (error.code() == ErrorCode.NODE_UNREACHABLE) {
        neverSent++;
      } else {
        assertEquals(ErrorCode.OUTCOME_UNKNOWN, error.code());
      }
    }
    Future<?> last = ask(channel, "last");
    Message<Object> message = next();
    int sent = 1;
    while (!"last".equals(message.body())) {
      message = next();
      sent++;
    }
    assertEquals(replies.size() + 1, sent + neverSent);
    message.reply(null);
    get(last);
  }

  @Test
  void aNodeThatIsNotThereIsUnreachable() {
    assertNotNull(vertx);
    Channel channel = new Channel(vertx, "nobody", LONG_MILLIS);
    Future<?> reply = channel.request(new DeliveryOptions(), null, true);
    assertEquals(ErrorCode.NODE_UNREACHABLE, failureOf(reply).code());
  }

  @Test
  void aNodeThatLeavesFailsWhateverWaits() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    assertNotNull(vertx);
    Context context = vertx.getOrCreateContext();
    List<Future<Message<Object>>> replies = new ArrayList<>();
    Promise<Void> asked = Promise.promise();
    context.runOnContext(start -> {
      for (int i = 0; i < Channel.MAX_IN_FLIGHT + Channel.MAX_WAITING; i++) {
        replies.add(ask(channel, null));
      }
      asked.complete();
    });
    get(asked.future());
    List<Message<Object>> held = new ArrayList<>();
    for (int i = 0; i < Channel.MAX_IN_FLIGHT; i++) {
      held.add(next());
    }
    assertNotNull(consumer);
    get(consumer.unregister());
    held.forEach(message -> message.reply(null));
    int answered = 0;
    for (Future<Message<Object>> reply : replies) {
      try {
        get(reply);
        answered++;
      } catch (TmemException e) {
        assertEquals(ErrorCode.NODE_UNREACHABLE, e.code());
      }
    }
    assertEquals(Channel.MAX_IN_FLIGHT, answered);
  }

  @Test
  void aCallerWhoFailsDoesNotStopTheOthers() throws InterruptedException {
    Channel channel = channel(200);
    for (int i = 0; i < Channel.MAX_IN_FLIGHT + 10; i++) {
      ask(channel, null)
          .onComplete(done -> {
            throw new IllegalStateException("a caller's own fault");
          });
    }
    for (int i = 0; i < Channel.MAX_IN_FLIGHT; i++) {
      next();
    }
    Future<?> last = ask(channel, "last");
    try {
      get(last);
    } catch (TmemException e) {
      assertEquals(ErrorCode.NODE_UNREACHABLE, e.code(), "it waited for too long");
    }
    arrived.clear();
    int asked = 1;
    while (!isAnswered(ask(channel, "another"))) {
      assertTrue(++asked < 100, "the channel answers nobody any more");
    }
  }

  /** Whether the answer that is given now comes in time, which on a busy machine it may not. */
  private boolean isAnswered(Future<?> request) throws InterruptedException {
    Message<Object> message = next();
    while (!"another".equals(message.body())) {
      message = next();
    }
    message.reply(null);
    try {
      get(request);
      return true;
    } catch (TmemException late) {
      assertEquals(ErrorCode.NODE_UNREACHABLE, late.code());
      return false;
    }
  }

  @Test
  void aClosedChannelRefusesWhatWaitsAndWhatIsToCome() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    List<Future<Message<Object>>> replies = new ArrayList<>();
    for (int i = 0; i < Channel.MAX_IN_FLIGHT + 10; i++) {
      replies.add(ask(channel, null));
    }
    assertFalse(channel.isClosed());
    channel.close();
    for (Future<?> waited : replies.subList(Channel.MAX_IN_FLIGHT, replies.size())) {
      assertEquals(ErrorCode.CLOSED, failureOf(waited).code());
    }
    assertEquals(ErrorCode.CLOSED, failureOf(ask(channel, null)).code());
    for (int i = 0; i < Channel.MAX_IN_FLIGHT; i++) {
      next().reply(i);
    }
    assertEquals(0, get(replies.getFirst()).body());
    assertTrue(channel.isClosed());
  }

  @Test
  void theFloorIsTheLowestNumberThatIsAwaited() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    Future<?> first = ask(channel, null);
    Future<?> second = ask(channel, null);
    Message<Object> one = next();
    Message<Object> two = next();
    assertEquals(1, number(one, "floor"));
    assertEquals(1, number(two, "floor"));
    two.reply(null);
    get(second);
    ask(channel, null);
    assertEquals(1, number(next(), "floor"));
    one.reply(null);
    get(first);
    ask(channel, null);
    Message<Object> four = next();
    assertEquals(3, number(four, "floor"));
    assertEquals(4, number(four, "sequence"));
    assertEquals(one.headers().get("client"), four.headers().get("client"));
    channel.close();
  }

  @Test
  void deadlinesFollowTheNodesClock() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    Future<Void> hello = channel.hello();
    Message<Object> asked = next();
    assertNull(asked.headers().get("deadline"), "its clock is not known yet");
    long now = System.currentTimeMillis();
    long ahead = 3_600_000;
    asked.reply(new JsonObject().put("timeMillis", now + ahead));
    get(hello);
    ask(channel, null);
    long deadline = number(next(), "deadline");
    long off = System.currentTimeMillis() - now + 1;
    assertTrue(Math.abs(deadline - (now + ahead + LONG_MILLIS)) <= off, "deadline " + deadline);
    channel.close();
  }

  @Test
  void aClockThatWasSetIsAskedAgain() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    Future<Void> hello = channel.hello();
    next().reply(new JsonObject().put("timeMillis", 0));
    get(hello);
    Future<Message<Object>> late = ask(channel, null);
    Message<Object> message = next();
    assertNotNull(message.headers().get("deadline"));
    Failures.reply(message, new TmemException(ErrorCode.EXPIRED, "too late"));
    assertEquals(ErrorCode.EXPIRED, failureOf(late).code());
    Message<Object> again = next();
    assertEquals("hello", again.headers().get("action"));
    assertNull(again.headers().get("deadline"));
    again.reply(null);
    channel.close();
  }

  @Test
  void anAnswerComesOnTheContextThatAsked() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    assertNotNull(vertx);
    Context context = vertx.getOrCreateContext();
    Promise<@Nullable Context> answered = Promise.promise();
    context.runOnContext(
        start -> ask(channel, null).onComplete(done -> answered.complete(Vertx.currentContext())));
    next().reply(null);
    assertEquals(context, get(answered.future()));
  }

  @Test
  void whatTheBusCannotCarryFails() throws InterruptedException {
    Channel channel = channel(LONG_MILLIS);
    Future<?> odd = ask(channel, new Object());
    assertEquals(ErrorCode.INTERNAL, failureOf(odd).code());
    Future<?> even = ask(channel, "x");
    next().reply(null);
    get(even);
  }
}

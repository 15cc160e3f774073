package dev.tmem.eventbus;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.Listening;
import dev.tmem.TmemEvent;
import dev.tmem.TmemException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one client to one node: numbered, bounded in number and bytes, and each with an
 * end. The event bus has no back-pressure of its own; what is over the bound waits here, and what
 * is over the queue's bound is refused.
 *
 * <p>Thread-safe: under this object's monitor. One thread at a time sends, so that requests leave
 * in the order of their numbers; it sends what others have queued meanwhile too, and holds no
 * monitor while it sends or while callers are told.
 */
final class Channel {

  /** Requests in flight. */
  static final int MAX_IN_FLIGHT = 1024;

  /** Bytes of requests in flight and of the pages they ask for; a single one may be larger. */
  static final long MAX_BYTES_IN_FLIGHT = 16L << 20;

  /** Requests that wait to be sent. */
  static final int MAX_WAITING = 65_536;

  private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * A request.
   *
   * @param bytes of the body, or of the answer that is expected
   * @param changes whether it changes something at the node
   * @param endNanos when its time is over
   */
  private record Call(
      @Nullable Object body,
      DeliveryOptions options,
      int bytes,
      boolean changes,
      long endNanos,
      Promise<Message<Object>> promise) {}

  private final Vertx vertx;
  private final String node;
  private final long timeoutMillis;
  private final String client = UUID.randomUUID().toString();

  @GuardedBy("this")
  private final ArrayDeque<Call> waiting = new ArrayDeque<>();

  /** Numbers of the requests in flight. */
  @GuardedBy("this")
  private final TreeSet<Long> inFlight = new TreeSet<>();

  @GuardedBy("this")
  private long bytesInFlight;

  @GuardedBy("this")
  private long lastSequence;

  /** Whether a thread is sending; it goes on until nothing fits. */
  @GuardedBy("this")
  private boolean sending;

  private volatile boolean closed;

  /** How far the node's clock is ahead of ours; null: not known, requests carry no deadline. */
  private volatile @Nullable Long aheadMillis;

  Channel(Vertx vertx, String node, long timeoutMillis) {
    this.vertx = vertx;
    this.node = node;
    this.timeoutMillis = timeoutMillis;
  }

  String node() {
    return node;
  }

  Vertx vertx() {
    return vertx;
  }

  long timeoutMillis() {
    return timeoutMillis;
  }

  /** Asks the node who it is and what its clock says. */
  Future<Void> hello() {
    DeliveryOptions hello = new DeliveryOptions().addHeader(Headers.ACTION, "hello");
    long sentMillis = System.currentTimeMillis();
    return request(hello, null, false)
        .map(reply -> {
          if (reply.body() instanceof JsonObject answer
              && answer.getValue("timeMillis") instanceof Number nodeMillis) {
            long halfWay = (sentMillis + System.currentTimeMillis()) / 2;
            aheadMillis = nodeMillis.longValue() - halfWay;
          }
          return null;
        });
  }

  boolean isClosed() {
    return closed;
  }

  TmemException closedError() {
    return new TmemException(ErrorCode.CLOSED, "the client of node " + node + " is closed");
  }

  /** As below; the answer is short. */
  Future<Message<Object>> request(DeliveryOptions options, @Nullable Object body, boolean changes) {
    return request(options, body, changes, 0);
  }

  /**
   * Sends a request, now or when there is room.
   *
   * @param body handed over: a buffer must not be changed afterwards
   * @param answerBytes the most that the answer's pages may have
   */
  Future<Message<Object>> request(
      DeliveryOptions options, @Nullable Object body, boolean changes, int answerBytes) {
    Context context = Vertx.currentContext();
    Promise<Message<Object>> promise =
        context == null ? Promise.promise() : ((ContextInternal) context).promise();
    int bytes = Math.max(answerBytes, body instanceof Buffer buffer ? buffer.length() : 0);
    long endNanos = System.nanoTime() + timeoutMillis * NANOS_PER_MILLI;
    TmemException refused = enqueue(new Call(body, options, bytes, changes, endNanos, promise));
    if (refused == null) {
      sendWaiting();
    } else {
      promise.fail(refused);
    }
    return promise.future();
  }

  private synchronized @Nullable TmemException enqueue(Call call) {
    if (closed) {
      return closedError();
    }
    if (waiting.size() >= MAX_WAITING) {
      return new TmemException(
          ErrorCode.OVERLOADED,
          waiting.size() + " requests wait for node " + node + "; that is the limit");
    }
    waiting.add(call);
    return null;
  }

  /**
   * Sends in order what fits, unless another thread, or a call of this further up the stack, is at
   * it.
   */
  private void sendWaiting() {
    synchronized (this) {
      if (sending) {
        return;
      }
      sending = true;
    }
    Runnable next = next();
    while (next != null) {
      try {
        next.run();
      } catch (RuntimeException e) {
        // of a caller who was told: sending goes on for the others
        LOG.error("whoever was told the outcome of a request to node {} failed", node, e);
      }
      next = next();
    }
  }

  /** What is to be done with the first call that waits; null: nothing, and sending has ended. */
  private synchronized @Nullable Runnable next() {
    Call call = waiting.peek();
    if (call == null
        || inFlight.size() >= MAX_IN_FLIGHT
        || (bytesInFlight > 0 && bytesInFlight + call.bytes() > MAX_BYTES_IN_FLIGHT)) {
      sending = false;
      return null;
    }
    waiting.poll();
    long leftNanos = call.endNanos() - System.nanoTime();
    long leftMillis = Math.ceilDiv(leftNanos, NANOS_PER_MILLI);
    if (leftMillis < 1) {
      return () -> call.promise().fail(neverSent());
    }
    long sequence = ++lastSequence;
    inFlight.add(sequence);
    bytesInFlight += call.bytes();
    long floor = inFlight.first();
    return () -> send(call, sequence, floor, leftMillis);
  }

  private TmemException neverSent() {
    return new TmemException(
        ErrorCode.NODE_UNREACHABLE,
        "node "
            + node
            + " did not answer earlier requests in time; this one was never sent and changed"
            + " nothing");
  }

  private void send(Call call, long sequence, long floor, long leftMillis) {
    DeliveryOptions options =
        call.options()
            .setSendTimeout(leftMillis)
            .addHeader(Headers.CLIENT, client)
            .addHeader(Headers.SEQUENCE, Long.toString(sequence))
            .addHeader(Headers.FLOOR, Long.toString(floor));
    Long ahead = aheadMillis;
    if (ahead != null) {
      long deadline = System.currentTimeMillis() + ahead + leftMillis;
      options.addHeader(Headers.DEADLINE, Long.toString(deadline));
    }
    Future<Message<Object>> reply;
    try {
      reply = vertx.eventBus().request(Addresses.node(node), call.body(), options);
    } catch (RuntimeException e) {
      reply = Future.failedFuture(e);
    }
    reply.onComplete(done -> {
      ended(sequence, call.bytes());
      if (done.succeeded()) {
        call.promise().complete(done.result());
      } else {
        TmemException error = Failures.of(node, call.changes(), done.cause());
        if (error.code() == ErrorCode.EXPIRED) {
          clockIsWrong();
        }
        call.promise().fail(error);
      }
    });
  }

  /** An answer came, and yet the deadline had passed: one of the two clocks was set. */
  private void clockIsWrong() {
    if (aheadMillis != null) {
      aheadMillis = null;
      hello();
    }
  }

  private void ended(long sequence, int bytes) {
    synchronized (this) {
      inFlight.remove(sequence);
      bytesInFlight -= bytes;
    }
    sendWaiting();
  }

  /** Refuses what waits and what is to come; what is in flight is answered. */
  void close() {
    ArrayDeque<Call> refused;
    synchronized (this) {
      closed = true;
      refused = new ArrayDeque<>(waiting);
      waiting.clear();
    }
    refused.forEach(call -> call.promise().fail(closedError()));
  }

  /** Listens to what the node publishes; completes when the cluster knows of it. */
  Future<Listening> listen(Consumer<? super TmemEvent> listener) {
    MessageConsumer<JsonObject> consumer = vertx.eventBus().consumer(Addresses.events(node));
    consumer.handler(message -> {
      TmemEvent event = TmemEvent.fromJson(message.body());
      if (event != null) {
        listener.accept(event);
      }
    });
    return consumer.completion().map(consumer::unregister);
  }
}

package dev.tmem.eventbus;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.TmemFullException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one client to one node: numbered, bounded in number and bytes, and each with an
 * end. The event bus has no back-pressure of its own; what is over the bound waits here, and what
 * is over the queue's bound is refused.
 *
 * <p>Thread-safe: under this object's monitor.
 */
final class Channel {

  /** Requests in flight. */
  static final int MAX_IN_FLIGHT = 1024;

  /** Bytes of requests in flight; a single request may be larger. */
  static final long MAX_BYTES_IN_FLIGHT = 16L << 20;

  /** Requests that wait to be sent. */
  static final int MAX_WAITING = 65_536;

  /**
   * A request.
   *
   * @param changes whether it changes something at the node
   */
  private record Call(
      @Nullable Object body,
      DeliveryOptions options,
      int bytes,
      boolean changes,
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

  @GuardedBy("this")
  private boolean closed;

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

  /**
   * Sends a request, now or when there is room.
   *
   * @param body handed over: a buffer must not be changed afterwards
   */
  Future<Message<Object>> request(DeliveryOptions options, @Nullable Object body, boolean changes) {
    Context context = Vertx.currentContext();
    Promise<Message<Object>> promise =
        context == null ? Promise.promise() : ((ContextInternal) context).promise();
    int bytes = body instanceof Buffer buffer ? buffer.length() : 0;
    Call call = new Call(body, options, bytes, changes, promise);
    TmemException refused = null;
    synchronized (this) {
      if (closed) {
        refused = new TmemException(ErrorCode.CLOSED, "the client of node " + node + " is closed");
      } else if (waiting.size() >= MAX_WAITING) {
        refused =
            new TmemFullException(
                waiting.size() + " requests wait for node " + node + "; that is the limit");
      } else {
        waiting.add(call);
        sendWaiting();
      }
    }
    if (refused != null) {
      promise.fail(refused);
    }
    return promise.future();
  }

  /** Sends in order what fits. The monitor keeps numbers in the order of sending. */
  @GuardedBy("this")
  private void sendWaiting() {
    while (!waiting.isEmpty() && inFlight.size() < MAX_IN_FLIGHT) {
      Call call = waiting.peek();
      if (bytesInFlight > 0 && bytesInFlight + call.bytes() > MAX_BYTES_IN_FLIGHT) {
        return;
      }
      waiting.poll();
      send(call);
    }
  }

  @GuardedBy("this")
  private void send(Call call) {
    long sequence = ++lastSequence;
    inFlight.add(sequence);
    bytesInFlight += call.bytes();
    DeliveryOptions options =
        call.options()
            .setSendTimeout(timeoutMillis)
            .addHeader(Headers.CLIENT, client)
            .addHeader(Headers.SEQUENCE, Long.toString(sequence))
            .addHeader(Headers.FLOOR, Long.toString(inFlight.first()))
            .addHeader(Headers.DEADLINE, Long.toString(System.currentTimeMillis() + timeoutMillis));
    vertx
        .eventBus()
        .request(Addresses.node(node), call.body(), options)
        .onComplete(reply -> {
          ended(sequence, call.bytes());
          if (reply.succeeded()) {
            call.promise().complete(reply.result());
          } else {
            call.promise().fail(Failures.of(node, call.changes(), reply.cause()));
          }
        });
  }

  private synchronized void ended(long sequence, int bytes) {
    inFlight.remove(sequence);
    bytesInFlight -= bytes;
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
    refused.forEach(call ->
        call.promise()
            .fail(new TmemException(ErrorCode.CLOSED, "the client of " + node + " is closed")));
  }
}

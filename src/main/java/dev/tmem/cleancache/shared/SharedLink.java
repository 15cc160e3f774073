package dev.tmem.cleancache.shared;

import dev.tmem.TmemEvent;
import dev.tmem.backend.Scheduler;
import dev.tmem.cleancache.shared.protocol.Member;
import dev.tmem.cleancache.shared.protocol.Message;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import dev.tmem.cleancache.shared.protocol.Outbox;
import dev.tmem.cleancache.shared.protocol.PageStore;
import dev.tmem.cleancache.shared.protocol.SharedNode;
import dev.tmem.cleancache.shared.protocol.View;
import dev.tmem.ramster.Transport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The protocol's node on a transport, a clock and the node's threads. Thread-safe: {@link
 * SharedNode}.
 */
final class SharedLink implements Outbox {

  /** Incarnations whose addresses are remembered. */
  private static final int KNOWN_MAX = 4_096;

  private static final int TICK_MILLIS = 50;

  private final Member self;
  private final SharedSettings settings;
  private final Transport transport;
  private final Scheduler scheduler;
  private final Founder founder;
  private final SharedNode node;
  private final RandomGenerator random = new SecureRandom();
  private final Map<UUID, Member> known = new ConcurrentHashMap<>();
  private final LongAdder malformed = new LongAdder();
  private final Consumer<TmemEvent> events;
  private TmemEvent.@Nullable SharedView lastTold;
  private volatile boolean closed;
  private volatile Scheduler.@Nullable Timer timer;

  @SuppressWarnings("this-escape") // called back when it is started
  SharedLink(
      SharedSettings settings,
      PageStore store,
      Transport transport,
      Scheduler scheduler,
      Founder founder,
      Consumer<TmemEvent> events) {
    this.settings = settings;
    this.events = events;
    this.transport = transport;
    this.scheduler = scheduler;
    this.founder = founder;
    long weight = settings.limitBytes() == 0 ? 0 : Math.max(1, settings.limitBytes() >> 20);
    this.self =
        new Member(
            settings.incarnation(),
            settings.name(),
            transport.localAddress(),
            (int) Math.min(weight, Member.WEIGHT_MAX));
    this.node =
        new SharedNode(
            self,
            settings.nodeId(),
            settings.tieBreak(),
            settings.timing(),
            random,
            store,
            this,
            scheduler.nanoTime());
  }

  Future<Void> start() {
    return transport.open(this::receive, this::lost).onSuccess(opened -> tick());
  }

  private void tick() {
    if (!closed) {
      node.tick(now());
      tellChange();
      timer = scheduler.schedule(TICK_MILLIS, this::tick);
    }
  }

  /** By one tick at a time, the next being scheduled after it. */
  private void tellChange() {
    View view = node.view();
    TmemEvent.SharedView state =
        new TmemEvent.SharedView(
            view == null ? 0 : view.number(), view == null ? 0 : view.members().size(), hasLease());
    if (!state.equals(lastTold)) {
      lastTold = state;
      events.accept(state);
    }
  }

  private long now() {
    return scheduler.nanoTime();
  }

  Member self() {
    return self;
  }

  @Nullable View view() {
    return node.view();
  }

  boolean hasLease() {
    return node.hasLease(now());
  }

  int callsUnderWay() {
    return node.callsUnderWay();
  }

  int loadsWaitedFor() {
    return node.loadsWaitedFor();
  }

  int loadsUnderWay() {
    return node.loadsUnderWay();
  }

  /** Frames with the head of a shared cache's that could not be read. */
  long malformed() {
    return malformed.sum();
  }

  void left(String nodeId) {
    node.left(nodeId, now());
  }

  private void lost(String address) {
    node.lost(address, now());
  }

  // ---- Frames

  private void receive(Buffer frame) {
    if (closed) {
      return;
    }
    SharedCodec.Arrived arrived = SharedCodec.decode(frame);
    if (arrived == null) {
      malformed.increment();
      return;
    }
    if (arrived.from().incarnation().equals(self.incarnation())
        || !(arrived.to().equals(self.incarnation()) || arrived.to().equals(SharedCodec.ANYONE))) {
      return;
    }
    if (arrived.message() instanceof Message.Hello hello && known.size() < KNOWN_MAX) {
      known.put(hello.self().incarnation(), hello.self());
    }
    Member from = known.getOrDefault(arrived.from().incarnation(), arrived.from());
    node.receive(from, arrived.message(), now(), reply -> send(from, reply));
  }

  @Override
  public void send(Member to, Message message) {
    transport.send(to.address(), SharedCodec.encode(self, to.incarnation(), message));
  }

  @Override
  public void broadcast(Message message) {
    transport.broadcast(SharedCodec.encode(self, SharedCodec.ANYONE, message));
  }

  @Override
  public void claim() {
    UUID lineage = new UUID(random.nextLong(), random.nextLong());
    founder
        .claim(lineage)
        .onComplete(claimed ->
            node.mayFound(
                claimed.succeeded() && Boolean.TRUE.equals(claimed.result()), lineage, now()));
  }

  // ---- Requests

  Future<Reply> begin(Request request) {
    return node.begin(request, now());
  }

  /**
   * Asks every member of the view, again and again until all of one view have answered.
   *
   * @return {@link Outcome#DONE} if all have said so; the first answer that is final else
   */
  Future<Reply> beginAtAll(Request wanted) {
    long deadline = now() + settings.timing().callMillis() * 1_000_000L;
    return beginAtAll(wanted, deadline);
  }

  private Future<Reply> beginAtAll(Request wanted, long deadline) {
    View view = node.view();
    if (view == null) {
      return again(wanted, deadline, Reply.of(0, Outcome.NO_LEASE));
    }
    Request request =
        new Request(
            view.name(),
            0,
            0,
            wanted.operation(),
            wanted.cache(),
            wanted.object(),
            wanted.indexes(),
            wanted.pages(),
            wanted.token());
    List<Future<Reply>> replies = new ArrayList<>();
    for (Member member : view.members()) {
      replies.add(node.beginAt(member, request, now()));
    }
    return Future.join(replies)
        .compose(all -> {
          Reply worst = worst(replies);
          return isFinal(worst.outcome())
              ? Future.succeededFuture(worst)
              : again(wanted, deadline, worst);
        });
  }

  private static Reply worst(List<Future<Reply>> replies) {
    Reply worst = replies.getFirst().result();
    for (Future<Reply> reply : replies) {
      Outcome outcome = reply.result().outcome();
      boolean isWorse = worst.outcome() == Outcome.DONE || outcome == Outcome.OTHER_OPTIONS;
      worst = isWorse && outcome != Outcome.DONE ? reply.result() : worst;
    }
    return worst;
  }

  private static boolean isFinal(Outcome outcome) {
    return switch (outcome) {
      case DONE, OTHER_OPTIONS, OVERLOADED -> true;
      default -> false;
    };
  }

  private Future<Reply> again(Request wanted, long deadline, Reply last) {
    if (closed || now() - deadline >= 0) {
      return Future.succeededFuture(last);
    }
    Promise<Void> later = Promise.promise();
    scheduler.schedule(settings.timing().retryMillis(), later::complete);
    return later.future().compose(none -> beginAtAll(wanted, deadline));
  }

  @Nullable String force(long view) {
    return node.force(view, now());
  }

  // ---- The end

  /** Asks to be home of nothing; completes when that is so, or after that time. */
  Future<Void> leave(long millis) {
    node.leave(now());
    long deadline = now() + millis * 1_000_000L;
    return until(node::hasLeft, deadline);
  }

  private Future<Void> until(BooleanSupplier condition, long deadline) {
    if (condition.getAsBoolean() || now() - deadline >= 0) {
      return Future.succeededFuture();
    }
    Promise<Void> later = Promise.promise();
    scheduler.schedule(TICK_MILLIS, later::complete);
    return later.future().compose(none -> until(condition, deadline));
  }

  Future<Void> close() {
    closed = true;
    Scheduler.Timer last = timer;
    if (last != null) {
      last.cancel();
    }
    node.close();
    return transport.close();
  }
}

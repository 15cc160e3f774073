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
  private final Consumer<TmemEvent.SharedView> events;
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
      Consumer<TmemEvent.SharedView> events) {
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

  /** How the members of a view are asked. */
  private enum Way {
    AT_ONCE,
    /** Of several who ask at once, it decides whom nobody refuses. */
    OLDEST_FIRST
  }

  /**
   * Asks every member of the view, again and again until all of one view have answered.
   *
   * @return {@link Outcome#DONE} if all have said so; the first answer that is final else
   */
  Future<Reply> beginAtAll(Request wanted) {
    return beginAtAll(wanted, () -> true);
  }

  /**
   * As the other one has it.
   *
   * @param wanted whether to ask those again who have not answered
   */
  Future<Reply> beginAtAll(Request request, BooleanSupplier wanted) {
    return beginAtAll(request, Way.AT_ONCE, deadline(), wanted);
  }

  /** As {@link #beginAtAll}, but that nobody else is asked before the oldest member agrees. */
  Future<Reply> beginAtOldest(Request request) {
    return beginAtAll(request, Way.OLDEST_FIRST, deadline(), () -> true);
  }

  private long deadline() {
    return now() + settings.timing().callMillis() * 1_000_000L;
  }

  private Future<Reply> beginAtAll(
      Request request, Way way, long deadline, BooleanSupplier wanted) {
    View view = node.view();
    Future<Reply> asked =
        view == null
            ? Future.succeededFuture(Reply.of(0, Outcome.NO_LEASE))
            : askAll(request, way, view);
    return asked.compose(reply ->
        isFinal(reply.outcome()) || !wanted.getAsBoolean() || closed || now() - deadline >= 0
            ? Future.succeededFuture(reply)
            : later().compose(none -> beginAtAll(request, way, deadline, wanted)));
  }

  private Future<Void> later() {
    Promise<Void> later = Promise.promise();
    scheduler.schedule(settings.timing().retryMillis(), later::complete);
    return later.future();
  }

  private Future<Reply> askAll(Request wanted, Way way, View view) {
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
    List<Member> members = view.members();
    if (way == Way.AT_ONCE || members.size() == 1) {
      return ask(request, members);
    }
    return ask(request, members.subList(0, 1))
        .compose(first ->
            first.outcome() == Outcome.DONE
                ? ask(request, members.subList(1, members.size()))
                : Future.succeededFuture(first));
  }

  private Future<Reply> ask(Request request, List<Member> members) {
    List<Future<Reply>> replies = new ArrayList<>(members.size());
    for (Member member : members) {
      replies.add(node.beginAt(member, request, now()));
    }
    return Future.join(replies).map(all -> worst(replies));
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
    node.close(now());
    return transport.close();
  }
}

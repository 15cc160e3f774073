package dev.tmem.cleancache.shared.protocol;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import io.vertx.core.Future;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One node among those that share caches: member or not, home of objects, and caller of other
 * homes; without I/O, clock or thread.
 *
 * <p>Thread-safe: this object's monitor is the lock of the {@link ViewKeeper}; requests and answers
 * go past it. What the keeper wants sent is sent after it is released.
 */
public final class SharedNode {

  private final Member self;
  private final Caller caller;
  private final Home home;
  private final Loads loads;
  private final Outbox out;

  @GuardedBy("this")
  private final ViewKeeper keeper;

  /**
   * @param nodeId how the cluster manager calls this node
   * @param tieBreak of the lineage, should this node found it
   * @param store the pages of which this node is the home
   * @param out what is sent; called without a lock
   */
  public SharedNode(
      Member self,
      String nodeId,
      boolean tieBreak,
      Timing timing,
      RandomGenerator random,
      PageStore store,
      Outbox out,
      long now) {
    this(self, nodeId, tieBreak, timing, random, store, out, new HomeRules(), now);
  }

  /**
   * As the other constructor has it.
   *
   * @param rules by which this node serves as a home
   */
  @SuppressWarnings("this-escape") // called back when it is whole
  public SharedNode(
      Member self,
      String nodeId,
      boolean tieBreak,
      Timing timing,
      RandomGenerator random,
      PageStore store,
      Outbox out,
      HomeRules rules,
      long now) {
    this.self = self;
    this.out = out;
    this.loads = new Loads(self.incarnation(), this::tell, now);
    this.home = new Home(self, timing, rules, store, this::isSettled, loads);
    this.caller = new Caller(self, timing, home, now);
    this.keeper = new ViewKeeper(self, nodeId, tieBreak, timing, random, new Changes(), now);
  }

  // ---- Operations

  /**
   * Begins a request.
   *
   * @param wanted view, number and floor of it are not looked at
   */
  public Future<Reply> begin(Request wanted, long now) {
    return caller.begin(wanted, null, now, out);
  }

  /** As {@link #begin}, to one member of the view that {@code wanted} names, and no other. */
  public Future<Reply> beginAt(Member only, Request wanted, long now) {
    return caller.begin(wanted, only, now, out);
  }

  /** The view that is installed; null: none. */
  public @Nullable View view() {
    return caller.view();
  }

  /** Whether this node may serve under its view. */
  public boolean hasLease(long now) {
    return home.hasLease(now);
  }

  public int callsUnderWay() {
    return caller.underWay();
  }

  public int loadsWaitedFor() {
    return loads.waiting();
  }

  public int loadsUnderWay() {
    return loads.running();
  }

  // ---- Messages

  /**
   * @param answer gets what is to be sent back to {@code from}, perhaps later
   */
  public void receive(Member from, Message message, long now, Consumer<Reply> answer) {
    switch (message) {
      case Request request -> home.serve(from, request, now).onSuccess(answer::accept);
      case Reply reply -> caller.answered(from, reply, now, out);
      default -> run(now, (views, later) -> views.receive(from.incarnation(), message, now, later));
    }
  }

  private void tell(Member to, Reply reply, long now) {
    if (to.incarnation().equals(self.incarnation())) {
      caller.answered(self, reply, now, out);
    } else {
      out.send(to, reply);
    }
  }

  private boolean isSettled(ViewName view, int slot, long settledAt, long now) {
    Queued sent = new Queued();
    boolean settled;
    synchronized (this) {
      View current = keeper.view();
      boolean same = current != null && current.name().equals(view);
      settled = same && keeper.isSettled(slot, settledAt, now);
      if (same && !settled) {
        keeper.remind(slot, now, sent);
      }
    }
    sent.forward(out);
    return settled;
  }

  // ---- Time, and the cluster

  public void tick(long now) {
    run(now, (views, later) -> views.tick(now, later));
    loads.tick(now);
    caller.tick(now, out);
  }

  /** When {@link #tick} is wanted at the latest. */
  public synchronized long due(long now) {
    return keeper.due(now);
  }

  /** The answer to {@link Outbox#claim}. */
  public void mayFound(boolean granted, UUID lineage, long now) {
    run(now, (views, later) -> views.mayFound(granted, lineage, now, later));
  }

  /** The cluster manager says that a node has left. */
  public void left(String nodeId, long now) {
    run(now, (views, later) -> views.left(nodeId, now, later));
  }

  /** What was sent to that address and not answered is best not waited for. */
  public void lost(String address, long now) {
    caller.lost(address, now, out);
  }

  /** Asks to be left out of the next view. */
  public void leave(long now) {
    run(now, (views, later) -> views.leave(now, later));
  }

  /**
   * Goes on without the quorum of the view, which is lost for good.
   *
   * @param number of the view that is stuck
   * @return why not; null: it is done
   */
  public @Nullable String force(long number, long now) {
    @Nullable String[] refusal = {null};
    run(now, (views, later) -> refusal[0] = views.force(number, now, later));
    return refusal[0];
  }

  /** Whether this node is home of nothing. */
  public synchronized boolean hasLeft() {
    return keeper.hasLeft();
  }

  /** Ends what is under way. */
  public void close(long now) {
    caller.close(now, out);
  }

  private void run(long now, BiConsumer<ViewKeeper, Outbox> step) {
    Queued sent = new Queued();
    View before;
    View after;
    synchronized (this) {
      before = keeper.view();
      step.accept(keeper, sent);
      after = keeper.view();
    }
    sent.forward(out);
    if (after != null && (before == null || !after.name().equals(before.name()))) {
      caller.follow(now, out);
    }
  }

  /** For tests and the simulator: throws if what always holds does not. */
  public synchronized void checkInvariants() {
    keeper.checkInvariants();
  }

  /** Called under the lock. */
  private final class Changes implements ViewKeeper.Listener {

    @Override
    public void installed(View view, boolean isNext, long now) {
      home.install(view, isNext, now);
      caller.install(view);
    }

    @Override
    public void leased(View view, long until) {
      home.leased(view, until);
    }
  }
}

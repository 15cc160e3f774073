package dev.tmem.cleancache.shared.protocol;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Outcome;
import dev.tmem.cleancache.shared.protocol.Message.Reply;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The requests of this node to the homes of objects, from the first attempt to the answer.
 *
 * <p>A put that may have been carried out at one home, when another has taken its place, is not
 * carried out again there: it is finished by an invalidate, as if the page had been dropped.
 *
 * <p>Requests to one page take effect in the order in which they are begun: {@link Turns}. What
 * waits for its turn counts among what is under way; it is given up, unsent, at its own deadline.
 *
 * <p>Thread-safe: a concurrent map of calls, of which each has a monitor; {@code this}, taken last,
 * guards the numbers, and {@link Turns} has a monitor of its own. Answers are told without a lock.
 */
final class Caller {

  /** Requests under way. */
  static final int CALLS_MAX = 16_384;

  private final Member self;
  private final Timing timing;
  private final Home home;

  /** By their numbers. */
  private final Map<Long, Call> calls = new ConcurrentHashMap<>();

  private final AtomicLong lastNumber = new AtomicLong();

  private final Turns turns = new Turns();

  /** Those whose turn has come, to be begun by whoever has made {@code begins} 1. */
  private final Queue<Call> ready = new ConcurrentLinkedQueue<>();

  private final AtomicInteger begins = new AtomicInteger();

  private final Awake awake;

  /** Numbers of puts and invalidates under way. */
  @GuardedBy("this")
  private final TreeSet<Long> changes = new TreeSet<>();

  /** Those below it are over. */
  private volatile long floor = 1;

  private volatile @Nullable View view;
  private volatile boolean closed;

  Caller(Member self, Timing timing, Home home, long now) {
    this.awake = new Awake(now);
    this.self = self;
    this.timing = timing;
    this.home = home;
  }

  @Nullable View view() {
    return view;
  }

  /** Requests under way, those included that wait for earlier ones to the same page. */
  int underWay() {
    return calls.size() + turns.waiting();
  }

  // ---- Beginning and end

  /**
   * Begins a request.
   *
   * @param wanted view, number and floor of it are not looked at
   * @param only the home that is asked, under the view that is installed now; null: the object's
   * @return the answer; of a get also one that is no {@link Outcome#DONE}, which is a miss
   */
  Future<Reply> begin(Request wanted, @Nullable Member only, long now, Outbox out) {
    if (underWay() >= CALLS_MAX) {
      return Future.succeededFuture(Reply.of(0, Outcome.OVERLOADED));
    }
    boolean isGet = wanted.operation() == Operation.GET;
    int millis = isGet ? timing.getMillis() : timing.callMillis();
    Call call = new Call(wanted, only, now + Timing.nanos(millis));
    if (turns.enter(call)) {
      begin(call, now, out);
    }
    return call.promise.future();
  }

  private void begin(Call call, long now, Outbox out) {
    synchronized (call) {
      if (call.over) {
        return;
      }
      call.number = number(call.wanted.operation());
      calls.put(call.number, call);
    }
    attempt(call, now, out);
  }

  /** One after the other, not one within the other: each may be over at once. */
  private void beginReady(long now, Outbox out) {
    int seen = begins.incrementAndGet();
    if (seen > 1) {
      return; // whoever is at it goes on
    }
    do {
      for (Call call = ready.poll(); call != null; call = ready.poll()) {
        if (closed) {
          end(call, Outcome.NO_LEASE, now, out);
        } else {
          begin(call, now, out);
        }
      }
      seen = begins.addAndGet(-seen);
    } while (seen > 0);
  }

  private long number(Operation operation) {
    if (!operation.changes()) {
      return lastNumber.incrementAndGet();
    }
    synchronized (this) {
      long number = lastNumber.incrementAndGet();
      changes.add(number);
      floor = changes.first();
      return number;
    }
  }

  private synchronized void isOver(long number) {
    changes.remove(number);
    floor = changes.isEmpty() ? lastNumber.get() + 1 : changes.first();
  }

  private void end(Call call, Reply reply, long now, Outbox out) {
    synchronized (call) {
      if (call.over) {
        return;
      }
      call.over = true;
      if (call.number != 0) {
        calls.remove(call.number);
        if (call.wanted.operation().changes()) {
          isOver(call.number);
        }
      }
    }
    List<Call> next = turns.leave(call);
    ready.addAll(next);
    call.promise.tryComplete(reply);
    if (!next.isEmpty()) {
      beginReady(now, out);
    }
  }

  private void end(Call call, Outcome outcome, long now, Outbox out) {
    end(call, Reply.of(0, outcome), now, out);
  }

  // ---- Attempts

  private void attempt(Call call, long now, Outbox out) {
    Member to;
    Request request;
    boolean isOver = false;
    synchronized (call) {
      if (call.over) {
        return;
      }
      View current = view;
      to = current == null ? null : target(call, current);
      if (current == null || to == null) {
        call.nextAt = now + Timing.nanos(timing.retryMillis());
        isOver = call.wanted.operation() == Operation.GET || call.only != null;
        request = null;
      } else {
        call.sentTo(to, now + Timing.nanos(timing.resendMillis()));
        request = call.request(current.name(), floor);
      }
    }
    if (isOver) {
      end(call, Outcome.OTHER_VIEW, now, out);
    } else if (to != null && request != null) {
      send(to, request, now, out);
    }
  }

  private static @Nullable Member target(Call call, View current) {
    Member only = call.only;
    if (only == null) {
      return current.home(call.wanted.object());
    }
    boolean isSame = current.name().equals(call.wanted.view());
    return isSame ? only : null;
  }

  private void send(Member to, Request request, long now, Outbox out) {
    if (!to.incarnation().equals(self.incarnation())) {
      out.send(to, request);
      return;
    }
    home.serve(self, request, now).onSuccess(reply -> answered(self, reply, now, out));
  }

  void answered(Member from, Reply reply, long now, Outbox out) {
    Call call = calls.get(reply.number());
    if (call == null) {
      return;
    }
    boolean again;
    boolean atOnce;
    boolean isUnknown;
    synchronized (call) {
      boolean isMeant = call.number == reply.number() && from.incarnation().equals(call.sentTo);
      if (call.over || !isMeant) {
        return;
      }
      again = call.goesOn(reply.outcome(), view, timing, now);
      if (again && call.mayBeRenumbered()) {
        call.number = number(call.wanted.operation());
        calls.put(call.number, call);
        calls.remove(reply.number());
        isOver(reply.number());
      }
      atOnce = now - call.nextAt >= 0;
      isUnknown = call.leavesOpen(reply.outcome());
    }
    if (again) {
      if (atOnce) {
        attempt(call, now, out);
      }
    } else {
      end(call, isUnknown ? Reply.of(reply.number(), Outcome.LATE) : reply, now, out);
    }
  }

  // ---- Time, and what changes

  /** A view was installed. */
  void install(View installed) {
    view = installed;
  }

  /** After a view was installed: what waits for it, or was sent elsewhere, is tried at once. */
  void follow(long now, Outbox out) {
    for (Call call : List.copyOf(calls.values())) {
      boolean moved;
      synchronized (call) {
        View current = view;
        moved =
            call.attempts == 0
                || (current != null
                    && call.only == null
                    && !current.home(call.wanted.object()).incarnation().equals(call.sentTo));
      }
      if (moved) {
        attempt(call, now, out);
      }
    }
  }

  /** What was sent to that address and not answered is best not waited for. */
  void lost(String address, long now, Outbox out) {
    for (Call call : new ArrayList<>(calls.values())) {
      boolean isGet = call.wanted.operation() == Operation.GET;
      boolean isThere;
      synchronized (call) {
        isThere = address.equals(call.sentAddress);
        call.nextAt = isThere ? now : call.nextAt;
      }
      if (isThere && isGet) {
        end(call, Outcome.NO_LEASE, now, out);
      }
    }
  }

  void tick(long now, Outbox out) {
    long asleep = awake.tick(now);
    giveUpWaiting(asleep, now, out);
    for (Call call : new ArrayList<>(calls.values())) {
      boolean isOver;
      boolean isDue;
      boolean unknown;
      synchronized (call) {
        call.deadline += asleep; // answers that came meanwhile were not heard
        isOver = now - call.deadline >= 0;
        isDue = now - call.nextAt >= 0;
        unknown = call.isUnknown();
      }
      if (isOver && unknown && isOvertaken(call)) {
        continue; // till then nothing tells a home that has not seen it that it is over
      }
      if (isOver) {
        // LATE: it was sent, and never answered
        end(call, unknown ? Outcome.LATE : Outcome.NO_LEASE, now, out);
      } else if (isDue && call.wanted.operation() != Operation.GET) {
        attempt(call, now, out);
      }
    }
  }

  /** Of what waits too long for its turn nothing was sent. */
  private void giveUpWaiting(long asleep, long now, Outbox out) {
    if (turns.waiting() == 0) {
      return;
    }
    for (Call call : turns.allWaiting()) {
      boolean isOver;
      synchronized (call) {
        call.deadline += call.number == 0 ? asleep : 0; // else it has begun since
        isOver = call.number == 0 && now - call.deadline >= 0;
      }
      if (isOver) {
        end(call, Outcome.NO_LEASE, now, out);
      }
    }
  }

  /** Whether a put or invalidate that began before it is under way, so that the floor is too. */
  private boolean isOvertaken(Call call) {
    synchronized (call) {
      return call.wanted.operation().changes() && floor < call.number;
    }
  }

  /** Ends everything that is under way. */
  void close(long now, Outbox out) {
    closed = true;
    for (Call call : turns.allWaiting()) {
      end(call, Outcome.NO_LEASE, now, out);
    }
    for (Call call : new ArrayList<>(calls.values())) {
      end(call, Outcome.LATE, now, out);
    }
  }
}

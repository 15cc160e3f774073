package dev.tmem.cleancache.shared.protocol;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which puts and invalidates of which node were carried out here or refused, so that none is
 * carried out twice, and none after it was refused or its sender has given it up.
 *
 * <p>Thread-safe: this object's monitor guards the table, a session's its numbers; a request is
 * carried out under the latter, so that a repeated one is not answered before the first is done.
 */
final class Sessions {

  /** Senders that are remembered. */
  static final int MAX = 65_536;

  /** Numbers from the floor on that are remembered of one sender: more than it has under way. */
  static final int NUMBERS_MAX = 4 * Caller.CALLS_MAX;

  /** A sender that was silent for so long has no request on its way any more. */
  static final long IDLE_NANOS = 3_600_000_000_000L;

  @GuardedBy("this")
  private final Map<UUID, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

  /** One sender. Thread-safe: its monitor. */
  private static final class Session {
    @GuardedBy("this")
    private final TreeSet<Long> done = new TreeSet<>();

    @GuardedBy("this")
    private final TreeSet<Long> refused = new TreeSet<>();

    @GuardedBy("this")
    private long floor;

    private volatile long usedAt;

    synchronized void raise(long newFloor) {
      if (newFloor > floor) {
        floor = newFloor;
        done.headSet(newFloor).clear();
        refused.headSet(newFloor).clear();
      }
    }

    /**
     * Carries out a request unless it came before, or is over.
     *
     * @param work {@link Message.Outcome#DONE}: it was carried out; anything else: it was not
     */
    synchronized Message.Outcome once(long number, long newFloor, Supplier<Message.Outcome> work) {
      raise(newFloor);
      if (done.contains(number)) {
        return Message.Outcome.DONE;
      }
      if (number < floor || refused.contains(number)) {
        return Message.Outcome.LATE;
      }
      if (done.size() + refused.size() >= NUMBERS_MAX) {
        return Message.Outcome.OVERLOADED;
      }
      Message.Outcome outcome = work.get();
      (outcome == Message.Outcome.DONE ? done : refused).add(number);
      return outcome;
    }
  }

  /** A sender's requests below a number are over. */
  void raise(UUID sender, long floor, long now) {
    Session session = session(sender, now);
    if (session != null) {
      session.raise(floor);
    }
  }

  /** Carries out a request at most once. */
  Message.Outcome once(
      UUID sender, long number, long floor, long now, Supplier<Message.Outcome> work) {
    Session session = session(sender, now);
    return session == null ? Message.Outcome.OVERLOADED : session.once(number, floor, work);
  }

  /** Null: too many are remembered. */
  private synchronized @Nullable Session session(UUID sender, long now) {
    Session session = sessions.get(sender);
    if (session == null) {
      if (sessions.size() >= MAX && !forgetIdle(now)) {
        return null;
      }
      session = new Session();
      sessions.put(sender, session);
    }
    session.usedAt = now;
    return session;
  }

  @GuardedBy("this")
  private boolean forgetIdle(long now) {
    Iterator<Session> longestIdleFirst = sessions.values().iterator();
    boolean idle = now - longestIdleFirst.next().usedAt > IDLE_NANOS;
    if (idle) {
      longestIdleFirst.remove();
    }
    return idle;
  }
}

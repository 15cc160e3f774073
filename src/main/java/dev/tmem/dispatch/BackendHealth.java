package dev.tmem.dispatch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.TmemEvent;
import dev.tmem.backend.Scheduler;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a backend may do, and why: its state, and how it follows from the way its calls end.
 *
 * <pre>
 *              FAULTS_TO_FREEZE in a row            drain
 *   ACTIVE ------------------------------> FAULTY ---------> DRAINING --> CLOSED
 *     ^  ^    a probe succeeds, or thaw       |               ^   |
 *     |  +------------------------------------+               |   | what is left cannot go
 *     |                                       | freeze        |   v
 *     +----------------- thaw ----------------+------------> FROZEN   (freeze: from ACTIVE too)
 * </pre>
 *
 * Whatever is not ACTIVE takes no pages and keeps those it has. FAULTY is probed, after
 * FIRST_PROBE_MILLIS, then twice that, up to MAX_PROBE_MILLIS; a backend that comes back from there
 * is on trial: until puts and fetches have gone well one fault is enough, and the waiting goes on
 * from where it was. Puts, fetches and the rest are counted each in a row of their own, so that a
 * backend that takes pages and then has nothing is found out. The init of a page space does not
 * count: it concerns that space alone.
 *
 * <p>Thread-safe: under this object's monitor; nobody is told anything under it.
 */
final class BackendHealth {

  /** What a backend may do. */
  enum State {
    /** Takes pages. */
    ACTIVE,
    /** Takes none after too many faults; probed. */
    FAULTY,
    /** Takes none, since an administrator said so or it could not be emptied. */
    FROZEN,
    /** Is being emptied. */
    DRAINING,
    /** Is out of the chain. */
    CLOSED
  }

  /** What is asked of a backend; each kind has a row of faults of its own. */
  enum Call {
    PUT,
    GET,
    FREE,
    FLUSH,
    INIT,
    END,
    PROBE,
    LOOK
  }

  /** The calls whose faults freeze a backend. */
  private static final Set<Call> COUNTED = EnumSet.of(Call.PUT, Call.GET, Call.FREE, Call.FLUSH);

  /** So many faults of one kind of call in a row, and the backend takes no more pages. */
  static final int FAULTS_TO_FREEZE = 8;

  /** How long a backend that was frozen for its faults is left alone, in milliseconds. */
  static final long FIRST_PROBE_MILLIS = 1_000;

  /** The longest wait between two probes, in milliseconds. */
  static final long MAX_PROBE_MILLIS = 60_000;

  /** Fetches that may wait for a backend while it is faulty; more are unavailable at once. */
  static final int MAX_FETCHES_WHILE_FAULTY = 16;

  private static final Logger LOG = LoggerFactory.getLogger(BackendHealth.class);

  /** A change that has been made and is still to be told. */
  private record Change(State state, String reason) {}

  private final String name;
  private final Scheduler scheduler;
  private final Notifier notifier;
  private final Supplier<Future<Void>> probe;
  private final Map<BackendFault.Kind, LongAdder> faults = new EnumMap<>(BackendFault.Kind.class);
  private final LongAdder freezes = new LongAdder();
  private final LongAdder probes = new LongAdder();

  private volatile State state = State.ACTIVE;
  private volatile String reason = "";

  /** Faults in a row; a kind of call that is missing has none. */
  @GuardedBy("this")
  private final Map<Call, Integer> inRow = new EnumMap<>(Call.class);

  @GuardedBy("this")
  private long waitMillis = FIRST_PROBE_MILLIS;

  @GuardedBy("this")
  private Scheduler.@Nullable Timer timer;

  @GuardedBy("this")
  private int fetches;

  /**
   * @param probe finds out whether the backend works again; called with no lock held
   */
  BackendHealth(String name, Scheduler scheduler, Notifier notifier, Supplier<Future<Void>> probe) {
    this.name = name;
    this.scheduler = scheduler;
    this.notifier = notifier;
    this.probe = probe;
    for (BackendFault.Kind kind : BackendFault.Kind.values()) {
      faults.put(kind, new LongAdder());
    }
  }

  // ---- What is asked of it

  State state() {
    return state;
  }

  /** Why it is not active; empty if it is. */
  String reason() {
    return reason;
  }

  boolean isActive() {
    return state == State.ACTIVE;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /** The word for every state in which a backend takes no pages for a while. */
  static final String FROZEN_WORD = "frozen";

  /** The state as an administrator reads it: the reason tells who froze it. */
  String word() {
    return word(state);
  }

  private static String word(State state) {
    return switch (state) {
      case ACTIVE -> "active";
      case FAULTY, FROZEN -> FROZEN_WORD;
      case DRAINING -> "draining";
      case CLOSED -> "closed";
    };
  }

  void addTo(Map<String, Long> counters) {
    long all = 0;
    for (Map.Entry<BackendFault.Kind, LongAdder> entry : faults.entrySet()) {
      long count = entry.getValue().sum();
      counters.put(entry.getKey().counter(), count);
      all += count;
    }
    counters.put("failed_calls", all);
    counters.put("fault_freezes", freezes.sum());
    counters.put("probes", probes.sum());
  }

  /** A fetch wants to begin; false: the backend is faulty, and enough of them wait already. */
  synchronized boolean enterFetch() {
    if (state == State.FAULTY && fetches >= MAX_FETCHES_WHILE_FAULTY) {
      return false;
    }
    fetches++;
    return true;
  }

  synchronized void leaveFetch() {
    fetches--;
  }

  // ---- How calls end

  /** A call went well. */
  void well(Call call) {
    synchronized (this) {
      inRow.remove(call);
      if (state == State.ACTIVE && !inRow.containsKey(Call.PUT) && !inRow.containsKey(Call.GET)) {
        waitMillis = FIRST_PROBE_MILLIS;
      }
    }
  }

  /** A call did not go well. */
  void fault(Call call, BackendFault fault) {
    LongAdder counter = faults.get(fault.kind());
    if (counter != null) {
      counter.increment();
    }
    LOG.debug("backend {}: {}: {}", name, call, fault.getMessage());
    if (!COUNTED.contains(call)) {
      return;
    }
    Change change = null;
    synchronized (this) {
      int row = inRow.merge(call, 1, Integer::sum);
      if (state == State.ACTIVE && row >= FAULTS_TO_FREEZE) {
        freezes.increment();
        change = become(State.FAULTY, "it is probed again and again; " + fault.getMessage());
        probeLater();
      }
    }
    if (change != null) {
      // A backend in RAM may be at fault while a stripe is locked.
      Change made = change;
      scheduler.execute(() -> tell(made));
    }
  }

  // ---- Probing

  @GuardedBy("this")
  private void probeLater() {
    timer = scheduler.schedule(waitMillis, this::probe);
    waitMillis = Math.min(2 * waitMillis, MAX_PROBE_MILLIS);
  }

  private void probe() {
    synchronized (this) {
      timer = null;
      if (state != State.FAULTY) {
        return;
      }
    }
    probes.increment();
    probe.get().onComplete(result -> probed(result.succeeded()));
  }

  private void probed(boolean well) {
    Change change = null;
    synchronized (this) {
      if (state != State.FAULTY) {
        return;
      }
      if (well) {
        // On trial: one fault more is enough.
        COUNTED.forEach(call -> inRow.put(call, FAULTS_TO_FREEZE - 1));
        change = become(State.ACTIVE, "");
      } else {
        probeLater();
      }
    }
    tell(change);
  }

  // ---- What it is told

  /** Takes no pages from now on; false: it is being emptied, or gone. */
  boolean freeze(String why) {
    Change change;
    synchronized (this) {
      if (state == State.DRAINING || state == State.CLOSED) {
        return false;
      }
      change = become(State.FROZEN, why);
    }
    tell(change);
    return true;
  }

  /** Takes pages again; false: it is being emptied, or gone. */
  boolean thaw() {
    Change change;
    synchronized (this) {
      if (state == State.DRAINING || state == State.CLOSED) {
        return false;
      }
      inRow.clear();
      change = become(State.ACTIVE, "");
    }
    tell(change);
    return true;
  }

  /** Is being emptied from now on; false: it was already, or is gone. */
  boolean drain() {
    Change change;
    synchronized (this) {
      if (state == State.DRAINING || state == State.CLOSED) {
        return false;
      }
      change = become(State.DRAINING, "it is being emptied");
    }
    tell(change);
    return true;
  }

  /** It could not be emptied, and stays. */
  void stay(String why) {
    Change change = null;
    synchronized (this) {
      if (state == State.DRAINING) {
        change = become(State.FROZEN, why);
      }
    }
    tell(change);
  }

  /** It is out of the chain, for good. */
  void close() {
    synchronized (this) {
      become(State.CLOSED, "it is closed");
    }
  }

  @GuardedBy("this")
  private @Nullable Change become(State next, String why) {
    if (timer != null && next != State.FAULTY) {
      timer.cancel();
      timer = null;
    }
    if (state == next && reason.equals(why)) {
      return null;
    }
    reason = why;
    state = next;
    return new Change(next, why);
  }

  /** One line and one event for each change. */
  private void tell(@Nullable Change change) {
    if (change == null) {
      return;
    }
    String word = word(change.state());
    if (change.state() == State.ACTIVE) {
      LOG.info("backend {} takes pages", name);
    } else {
      LOG.warn("backend {} is {}: {}", name, word, change.reason());
    }
    notifier.tell(new TmemEvent.BackendState(name, word, change.reason()));
  }
}

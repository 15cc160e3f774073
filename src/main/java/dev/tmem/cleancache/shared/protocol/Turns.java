package dev.tmem.cleancache.shared.protocol;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.tmem.ObjectKey;
import dev.tmem.cleancache.shared.protocol.Message.CacheName;
import dev.tmem.cleancache.shared.protocol.Message.Operation;
import dev.tmem.cleancache.shared.protocol.Message.Request;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which requests of this node wait for earlier ones, so that those to one page take effect in the
 * order in which they were begun, however often each is sent.
 *
 * <p>A change waits for the changes and gets of its pages that were begun before and are under way;
 * a get and the question for a load wait for changes. Nothing waits for a load, which a change
 * ends; nor for an invalidate of the whole cache, which itself waits for all puts: that it comes
 * late costs pages, and brings none back. What ends a load or tells of it has no turn.
 *
 * <p>Thread-safe: its monitor, under which no other is taken. It holds no more than is under way.
 */
final class Turns {

  private record Place(CacheName cache, ObjectKey object) {
    static Place of(Request request) {
      return new Place(request.cache(), request.object());
    }
  }

  /** A request's place among those to its pages. */
  static final class Turn {
    private final Call call;

    /** Earlier ones that it waits for. */
    private int before;

    Turn(Call call) {
      this.call = call;
    }
  }

  /** By object, in the order in which they were begun. */
  @GuardedBy("this")
  private final Map<Place, List<Turn>> underWay = new HashMap<>();

  /** Invalidates of a whole cache that wait, each with the puts that it waits for. */
  @GuardedBy("this")
  private final Map<Turn, Set<Turn>> ofAll = new HashMap<>();

  @GuardedBy("this")
  private final Set<Call> waiting = new LinkedHashSet<>();

  private volatile int waitingCount;

  /** Requests that wait for earlier ones. */
  int waiting() {
    return waitingCount;
  }

  synchronized List<Call> allWaiting() {
    return List.copyOf(waiting);
  }

  /** Whether it may be sent at once; if not, {@link #leave} of an earlier one will tell. */
  boolean enter(Call call) {
    Operation operation = call.wanted.operation();
    if (operation == Operation.INVALIDATE_CACHE) {
      return enterOfAll(call);
    }
    return !hasTurn(call.wanted) || enterPlace(call);
  }

  private static boolean hasTurn(Request request) {
    return switch (request.operation()) {
      case GET, INVALIDATE_PAGE, INVALIDATE_OBJECT -> true;
      case PUT, LOAD -> request.token() == 0;
      case INVALIDATE_CACHE, LOAD_FAILED, OPEN, CLOSE -> false;
    };
  }

  private synchronized boolean enterPlace(Call call) {
    Turn turn = new Turn(call);
    call.turn = turn;
    List<Turn> others = underWay.computeIfAbsent(Place.of(call.wanted), some -> new ArrayList<>(1));
    for (Turn other : others) {
      turn.before += isBefore(other.call.wanted, call.wanted) ? 1 : 0;
    }
    others.add(turn);
    return isFree(turn);
  }

  private synchronized boolean enterOfAll(Call call) {
    Turn turn = new Turn(call);
    Set<Turn> puts = new LinkedHashSet<>();
    underWay.forEach((place, turns) -> {
      if (place.cache().equals(call.wanted.cache())) {
        turns.stream().filter(Turns::isPut).forEach(puts::add);
      }
    });
    turn.before = puts.size();
    if (!puts.isEmpty()) {
      call.turn = turn;
      ofAll.put(turn, puts);
    }
    return isFree(turn);
  }

  private static boolean isPut(Turn turn) {
    return turn.call.wanted.operation() == Operation.PUT;
  }

  @GuardedBy("this")
  private boolean isFree(Turn turn) {
    if (turn.before > 0) {
      waiting.add(turn.call);
      waitingCount = waiting.size();
    }
    return turn.before == 0;
  }

  /** Whether a request waits for one that was begun before it, to the same object. */
  private static boolean isBefore(Request earlier, Request later) {
    return earlier.operation() != Operation.LOAD
        && (earlier.operation().changes() || later.operation().changes())
        && overlap(earlier.indexes(), later.indexes());
  }

  /**
   * @param one none: all there are
   * @param other as well
   */
  private static boolean overlap(List<Integer> one, List<Integer> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return true;
    }
    if (one.size() == 1 || other.size() == 1) {
      return one.size() == 1 ? other.contains(one.getFirst()) : one.contains(other.getFirst());
    }
    boolean isApart =
        Collections.max(one) < Collections.min(other)
            || Collections.max(other) < Collections.min(one);
    return !isApart && !Collections.disjoint(one, other);
  }

  /**
   * A request is over, whatever has become of it, sent or not.
   *
   * @return those that need not wait any longer, in the order in which they were begun
   */
  List<Call> leave(Call call) {
    Turn turn = call.turn;
    return turn == null ? List.of() : leave(turn);
  }

  private synchronized List<Call> leave(Turn turn) {
    waiting.remove(turn.call);
    List<Call> next = new ArrayList<>(0);
    Place place = Place.of(turn.call.wanted);
    List<Turn> turns = underWay.get(place);
    int at = turns == null ? -1 : turns.indexOf(turn);
    if (turns != null && at >= 0) {
      for (Turn later : turns.subList(at + 1, turns.size())) {
        if (isBefore(turn.call.wanted, later.call.wanted)) {
          oneLess(later, next);
        }
      }
      turns.remove(at);
      if (turns.isEmpty()) {
        underWay.remove(place);
      }
    }
    ofAll.remove(turn);
    ofAll.forEach((later, puts) -> {
      if (puts.remove(turn)) {
        oneLess(later, next);
      }
    });
    waitingCount = waiting.size();
    return next;
  }

  @GuardedBy("this")
  private void oneLess(Turn turn, List<Call> next) {
    if (--turn.before == 0 && waiting.remove(turn.call)) {
      next.add(turn.call);
    }
  }
}

package dev.tmem.cli.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What is to happen, and the time that passes with it. Of two events at one time the one that was
 * added first comes first.
 *
 * <p>Confined to the thread of its schedule.
 */
final class Events {

  static final long MICRO = 1_000;
  static final long MILLI = 1_000_000;

  /** Something that is to happen. */
  static final class Event implements Comparable<Event> {
    private long time;
    private final long order;
    private final @Nullable NodeClock owner;
    private @Nullable Runnable task;

    private Event(long time, long order, @Nullable NodeClock owner, Runnable task) {
      this.time = time;
      this.order = order;
      this.owner = owner;
      this.task = task;
    }

    /** It happens no more. */
    void cancel() {
      task = null;
    }

    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(time, other.time);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final Trace trace;
  private PriorityQueue<Event> queue = new PriorityQueue<>();
  private long now;
  private long order;

  Events(Trace trace) {
    this.trace = trace;
  }

  /** Nanoseconds since the schedule began. */
  long now() {
    return now;
  }

  /** Something of the world between the nodes. */
  Event at(long time, Runnable task) {
    return add(time, null, task);
  }

  /** Something of a node, which waits while the node stands still, and falls away with it. */
  Event at(long time, NodeClock owner, Runnable task) {
    return add(time, owner, task);
  }

  private Event add(long time, @Nullable NodeClock owner, Runnable task) {
    Event event = new Event(Math.max(now, time), order++, owner, task);
    queue.add(event);
    return event;
  }

  /** Lets the next event happen, if it is due by then; false: none is, and it is then. */
  boolean step(long until) {
    while (true) {
      Event event = queue.peek();
      if (event == null || event.time > until) {
        now = until;
        return false;
      }
      queue.remove();
      Runnable task = event.task;
      NodeClock owner = event.owner;
      if (task == null || (owner != null && owner.isDead())) {
        continue;
      }
      now = event.time;
      if (owner != null && owner.standsUntil() > now) {
        event.time = owner.standsUntil();
        queue.add(event);
        continue;
      }
      trace.event(now, event.order);
      task.run();
      return true;
    }
  }

  /** Everything that a node waits for comes earlier by so much: its clock has jumped. */
  void bringForward(NodeClock owner, long nanos) {
    List<Event> all = new ArrayList<>(queue);
    for (Event event : all) {
      if (event.owner == owner) {
        event.time = Math.max(now, event.time - nanos);
      }
    }
    queue = new PriorityQueue<>(all);
  }
}

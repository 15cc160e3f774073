package dev.tmem.cleancache.shared.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who else was heard, and when. What it knows decides whom a proposal leaves out or takes in, and
 * never which page is served: it may be wrong.
 *
 * <p>Confined to the lock of the {@link ViewKeeper}.
 */
final class Heard {

  /** Incarnations that are known at a time; the one not heard for longest makes room. */
  static final int MAX = 4_096;

  /** One other node. */
  static final class Other {
    Message.Hello hello;
    long heardAt;

    /** The cluster manager says that it has left; it is believed again when it is heard later. */
    boolean left;

    long leftAt;

    /** The latest view that it is known to have installed; null: none. */
    @Nullable ViewName installed;

    Other(Message.Hello hello, long heardAt) {
      this.hello = hello;
      this.heardAt = heardAt;
    }
  }

  private final Map<UUID, Other> others = new LinkedHashMap<>();
  private final long timeoutNanos;
  private final long backNanos;

  Heard(Timing timing) {
    this.timeoutNanos = Timing.nanos(timing.suspectMillis());
    this.backNanos = Timing.nanos(timing.helloMillis());
  }

  /** False: it is a late one. */
  boolean hello(Message.Hello hello, long now) {
    UUID incarnation = hello.self().incarnation();
    Other other = others.get(incarnation);
    if (other == null) {
      makeRoom();
      other = new Other(hello, now);
      others.put(incarnation, other);
    } else if (hello.sequence() <= other.hello.sequence()) {
      return false;
    }
    // what it sent before it left may still be on its way
    other.left &= now - other.leftAt < backNanos;
    other.hello = hello;
    other.heardAt = now;
    installed(incarnation, hello.view());
    return true;
  }

  private void makeRoom() {
    if (others.size() >= MAX) {
      UUID oldest =
          others.entrySet().stream()
              .reduce((a, b) -> a.getValue().heardAt - b.getValue().heardAt <= 0 ? a : b)
              .orElseThrow()
              .getKey();
      others.remove(oldest);
    }
  }

  void heard(UUID incarnation, long now) {
    Other other = others.get(incarnation);
    if (other != null && !other.left) {
      other.heardAt = now;
    }
  }

  void installed(UUID incarnation, @Nullable ViewName view) {
    Other other = others.get(incarnation);
    if (other != null && view != null) {
      ViewName known = other.installed;
      boolean isOlder =
          known != null && known.lineage().equals(view.lineage()) && !known.isBefore(view);
      other.installed = isOlder ? known : view;
    }
  }

  void left(String nodeId, long now) {
    for (Other other : others.values()) {
      if (other.hello.nodeId().equals(nodeId)) {
        other.left = true;
        other.leftAt = now;
      }
    }
  }

  @Nullable Other find(UUID incarnation) {
    return others.get(incarnation);
  }

  boolean isAlive(UUID incarnation, long now) {
    Other other = others.get(incarnation);
    return other != null && !other.left && now - other.heardAt < timeoutNanos;
  }

  List<Message.Hello> alive(long now) {
    List<Message.Hello> hellos = new ArrayList<>();
    others.forEach((incarnation, other) -> {
      if (isAlive(incarnation, now)) {
        hellos.add(other.hello);
      }
    });
    return hellos;
  }

  /** This process stood still: the others get their time anew. */
  void forgive(long pause) {
    others.values().forEach(other -> other.heardAt += pause);
  }
}

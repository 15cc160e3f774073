package dev.tmem.cli.simulation;

import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What lies between the machines. Frames of the event bus are dropped, delayed, repeated and
 * reordered; those of a page channel keep their order and are lost only when it breaks, of which
 * both ends hear. Machines may be cut off from others, in one direction or both.
 *
 * <p>Confined to the thread of its schedule.
 */
final class Network {

  private static final int USUAL_MICROS = 1_500;
  private static final int LATE_MILLIS = 40;
  private static final int VERY_LATE_MILLIS = 3_000;
  private static final int BREAKS_WITHIN_MILLIS = 1_500;
  private static final int RECONNECT_MILLIS = 200;

  /** A page channel, or the want of one. */
  private static final class Link {
    private boolean open;
    private long number;

    /** When the last frame to the lower and to the higher machine arrives. */
    private final long[] lastArrival = new long[2];

    private long retryAt;
  }

  private final Events events;
  private final SplittableRandom random;
  private final Trace trace;
  private final List<Machine> machines;
  private final boolean hasChannels;
  private final WireDamage damage;
  private final boolean[][] cut;
  private final Link[][] links;

  /** Of a thousand frames on the event bus. */
  private int dropped;

  private int repeated;
  private int late;

  /** Of a thousand frames, whose pages are damaged. */
  private int damaged;

  /**
   * @param hasChannels false: the event bus carries everything
   */
  Network(
      Events events,
      SplittableRandom random,
      Trace trace,
      List<Machine> machines,
      boolean hasChannels) {
    this.events = events;
    this.random = random;
    this.damage = new WireDamage(random.split());
    this.trace = trace;
    this.machines = machines;
    this.hasChannels = hasChannels;
    int count = machines.size();
    this.cut = new boolean[count][count];
    this.links = new Link[count][count];
    for (int i = 0; i < count; i++) {
      for (int j = i + 1; j < count; j++) {
        links[i][j] = new Link();
        links[j][i] = links[i][j];
      }
    }
  }

  List<Machine> machines() {
    return machines;
  }

  /** Of a thousand frames on the event bus so many are dropped, come twice, come late. */
  void setMood(int droppedOfThousand, int repeatedOfThousand, int lateOfThousand) {
    dropped = droppedOfThousand;
    repeated = repeatedOfThousand;
    late = lateOfThousand;
  }

  /** Of a thousand frames so many come with a bit of a page turned over, however they go. */
  void setDamaged(int ofThousand) {
    damaged = ofThousand;
  }

  /** Nothing comes through in that direction any more, or does again. */
  void setCut(int from, int to, boolean isCut) {
    cut[from][to] = isCut;
    if (isCut && links[from][to] != null) {
      long number = links[from][to].number;
      long breaks = events.now() + random.nextInt(BREAKS_WITHIN_MILLIS) * Events.MILLI;
      events.at(
          breaks,
          () -> {
            if (links[from][to].number == number) {
              breakLink(from, to, "cut");
            }
          });
    }
  }

  boolean isCut(int from, int to) {
    return cut[from][to];
  }

  void heal() {
    for (boolean[] row : cut) {
      Arrays.fill(row, false);
    }
  }

  /** Both ends are told, each when it notices. */
  void breakLink(int one, int other, String why) {
    Link link = links[one][other];
    if (!link.open) {
      return;
    }
    link.open = false;
    link.number++;
    link.retryAt = events.now() + random.nextInt(RECONNECT_MILLIS) * Events.MILLI;
    trace.say(() -> "the channel n" + one + " - n" + other + " breaks: " + why);
    tellLost(one, other);
    tellLost(other, one);
  }

  private void tellLost(int at, int peer) {
    LiveNode node = machines.get(at).node();
    if (node != null) {
      long when = events.now() + random.nextInt(5_000) * Events.MICRO;
      events.at(when, node.clock(), () -> node.transport().lost(machines.get(peer).address()));
    }
  }

  /** The process on a machine has ended: its sockets close. */
  void ended(int machine) {
    for (int other = 0; other < machines.size(); other++) {
      if (other != machine) {
        breakLink(machine, other, "the process ended");
      }
    }
  }

  // ---- Frames

  /** One frame to one machine, over the channel if there is one. */
  void send(int from, int to, Buffer frame) {
    if (from == to) {
      return;
    }
    Link link = links[from][to];
    boolean isDamaged = damaged > 0 && random.nextInt(1_000) < damaged;
    Buffer sent = isDamaged ? damage.damage(from, to, frame) : frame;
    if (link.open) {
      sendOnChannel(link, from, to, sent);
      return;
    }
    sendOnBus(from, to, sent);
    if (hasChannels && events.now() >= link.retryAt && !cut[from][to] && !cut[to][from]) {
      link.retryAt = events.now() + RECONNECT_MILLIS * Events.MILLI;
      long opens = events.now() + random.nextInt(RECONNECT_MILLIS) * Events.MILLI;
      events.at(opens, () -> open(link, from, to));
    }
  }

  private void open(Link link, int from, int to) {
    if (!link.open
        && machines.get(from).runs()
        && machines.get(to).runs()
        && !cut[from][to]
        && !cut[to][from]) {
      link.open = true;
      link.number++;
      trace.say(() -> "a channel opens, n" + from + " - n" + to);
    }
  }

  private void sendOnChannel(Link link, int from, int to, Buffer frame) {
    int direction = from < to ? 1 : 0;
    long delay = random.nextInt(USUAL_MICROS) * Events.MICRO;
    if (random.nextInt(1_000) < late) {
      delay += random.nextInt(LATE_MILLIS) * Events.MILLI;
    }
    long arrives = Math.max(link.lastArrival[direction], events.now() + delay);
    link.lastArrival[direction] = arrives;
    long number = link.number;
    deliver(arrives, from, to, frame, () -> link.number == number && !cut[from][to]);
  }

  /** One frame to one machine, over the event bus. */
  void sendOnBus(int from, int to, Buffer frame) {
    int copies = 1;
    if (random.nextInt(1_000) < dropped) {
      copies = 0;
    } else if (random.nextInt(1_000) < repeated) {
      copies = 2;
    }
    for (int i = 0; i < copies; i++) {
      long delay = random.nextInt(USUAL_MICROS) * Events.MICRO;
      if (random.nextInt(1_000) < late) {
        int most = random.nextInt(20) == 0 ? VERY_LATE_MILLIS : LATE_MILLIS;
        delay += random.nextInt(most) * Events.MILLI;
      }
      deliver(events.now() + delay, from, to, frame, () -> !cut[from][to]);
    }
  }

  private interface Way {
    boolean isFree();
  }

  /** What is on its way when a node ends reaches the next one on that machine. */
  private void deliver(long arrives, int from, int to, Buffer frame, Way way) {
    events.at(
        arrives,
        () -> {
          LiveNode node = machines.get(to).node();
          if (node == null || !way.isFree()) {
            return;
          }
          trace.mix(frame.length());
          if (node.clock().standsUntil() > events.now()) {
            events.at(events.now(), node.clock(), () -> node.transport().arrived(frame));
          } else {
            Frames.say(trace, from, to, frame);
            node.transport().arrived(frame);
          }
        });
  }
}

package dev.tmem.cli.simulation;

import dev.tmem.codec.PageCodec;
import dev.tmem.ramster.RamsterOptions;
import dev.tmem.ramster.protocol.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The machines of a schedule, the network between them, the nodes that come and go on them, and the
 * areas of those. Confined to the thread of its schedule.
 */
final class Cluster {

  /** The wall clock when a schedule begins. */
  private static final long BEGINNING_MILLIS = 1_000_000_000L;

  private static final int FAREWELL_MILLIS = 1_000;
  private static final int LEFT_HINT_MILLIS = 800;

  private final Temper temper;
  private final SplittableRandom random;
  private final Trace trace;
  private final Events events;
  private final Network network;
  private final List<Machine> machines;
  private final PageCodec codec;
  private final Wiring wiring;
  private final Timing timing;
  private final List<SimArea> areas = new ArrayList<>();
  private final int[] killsOf;
  private int kills;
  private int doubts;
  private int lives;
  private int areasEver;
  private @Nullable Violation violation;

  Cluster(
      Temper temper,
      SplittableRandom random,
      Trace trace,
      List<Machine> machines,
      PageCodec codec,
      Wiring wiring) {
    this.temper = temper;
    this.random = random;
    this.trace = trace;
    this.machines = machines;
    this.codec = codec;
    this.wiring = wiring;
    this.events = new Events(trace);
    this.network = new Network(events, random.split(), trace, machines, temper.hasChannels());
    this.timing = temper.timing();
    this.killsOf = new int[machines.size()];
  }

  Events events() {
    return events;
  }

  Trace trace() {
    return trace;
  }

  Network network() {
    return network;
  }

  List<Machine> machines() {
    return machines;
  }

  Temper temper() {
    return temper;
  }

  Wiring wiring() {
    return wiring;
  }

  /** The nodes that run, by machine. */
  List<LiveNode> nodes() {
    List<LiveNode> nodes = new ArrayList<>(machines.size());
    for (Machine machine : machines) {
      if (machine.runs()) {
        nodes.add(machine.running());
      }
    }
    return nodes;
  }

  // ---- What is wrong

  /** A contract was broken; the first time counts. */
  void report(Violation found) {
    if (violation == null) {
      violation = found;
    }
  }

  @Nullable Violation violation() {
    return violation;
  }

  /** How many other nodes have ended, and with them the copies that they kept for this one. */
  int harm(LiveNode owner) {
    return kills - killsOf[owner.machine().number()];
  }

  /** Something happened by which a peer may doubt another one that lives. */
  void doubt() {
    doubts++;
  }

  int doubts() {
    return doubts;
  }

  // ---- Nodes

  void start(Machine machine) {
    int life = ++lives;
    double rate = temper.clocksDrift() ? 0.95 + random.nextDouble() / 10 : 1;
    NodeClock clock = new NodeClock(events, random.split(), random.nextInt(1 << 30), rate);
    long lie = temper.wallClocksLie() ? random.nextInt(4_000) - 2_000 : life;
    RamsterOptions options =
        new RamsterOptions(
            machine.name(),
            new UUID(random.nextLong(), random.nextLong()),
            BEGINNING_MILLIS + events.now() / Events.MILLI + lie,
            nodeId(life),
            temper.lendLimit(random),
            timing,
            random.nextLong(),
            Temper.FLIGHT,
            temper.rack(random));
    long diskBytes = temper.diskBytes(random);
    SimDisk disk = diskBytes == 0 ? null : new SimDisk(events, clock, random.split(), diskBytes);
    LiveNode.Setup setup =
        new LiveNode.Setup(temper.memoryBytes(random), temper.ballastBytes(), diskBytes, options);
    LiveNode.start(machine, clock, codec, disk, setup, this);
    trace.say(() -> machine.name() + " starts, life " + life + ", " + setup);
  }

  private static String nodeId(int life) {
    return "life-" + life;
  }

  /** Ends without a word, with all it keeps. */
  void kill(Machine machine) {
    LiveNode node = machine.running();
    trace.say(() -> machine.name() + " is killed");
    countKill(machine);
    gone(node);
  }

  private void countKill(Machine machine) {
    for (LiveNode node : nodes()) {
      if (node.machine() != machine && node.isSafe(this)) {
        trace.say(() -> node.machine().name() + " says that all its pages are safe");
        node.safeAt(harm(node));
      }
    }
    kills++;
    killsOf[machine.number()]++;
  }

  private void gone(LiveNode node) {
    areas.removeIf(area -> {
      if (area.node() == node) {
        area.end();
      }
      return area.node() == node;
    });
    node.end();
    network.ended(node.machine().number());
    if (random.nextBoolean()) {
      String id = node.setup().options().nodeId();
      for (LiveNode other : nodes()) {
        long when = events.now() + random.nextInt(LEFT_HINT_MILLIS) * Events.MILLI;
        events.at(when, other.clock(), () -> hint(other, id));
      }
    }
  }

  /** The cluster manager says that a node has left. */
  void hint(LiveNode to, String nodeId) {
    if (to.ramster() != null) {
      to.joined().peerLeft(nodeId);
    }
  }

  /** Ends in good order: hands back what it keeps, ends its areas, says goodbye. */
  void stop(Machine machine, int limitMillis) {
    LiveNode node = machine.running();
    trace.say(() -> machine.name() + " stops");
    node.beginToLeave();
    node.joined()
        .leave(limitMillis)
        .onSuccess(left -> {
          trace.say(() -> machine.name() + " has left with " + left + " pages");
          if (left > 0) {
            countKill(machine);
          }
        })
        .compose(left -> {
          areas.stream().filter(area -> area.node() == node).forEach(SimArea::end);
          return node.endAreas();
        })
        .transform(ended -> node.close())
        .onComplete(closed -> {
          long used = node.usedBytes();
          if (used != 0) {
            report(
                new Violation(
                    "C13", machine.name() + " has stopped and still holds " + used + " bytes"));
          }
          trace.say(() -> machine.name() + " has stopped");
          // not before what closed it has returned
          events.at(events.now() + FAREWELL_MILLIS * Events.MICRO, () -> goneUnlessGone(node));
        });
  }

  private void goneUnlessGone(LiveNode node) {
    if (node.machine().node() == node) {
      gone(node);
    }
  }

  /** Whether that life of a node goes on. */
  boolean runs(UUID incarnation) {
    return nodes().stream()
        .anyMatch(node -> node.setup().options().incarnation().equals(incarnation));
  }

  // ---- Areas

  /** For an area or a cache; never given twice in a schedule. */
  int nextAreaNumber() {
    return ++areasEver;
  }

  List<SimArea> areas() {
    return areas;
  }

  /** The area of that name on a node; null: it is not there. */
  @Nullable SimArea area(LiveNode node, String name) {
    for (SimArea area : areas) {
      if (area.node() == node && area.name().equals(name)) {
        return area;
      }
    }
    return null;
  }

  /** Opens an area that is not there. */
  void swapOn(LiveNode node, String name) {
    SimArea area =
        new SimArea(node, nextAreaNumber(), name, temper.areaOptions(random), temper.offsets());
    areas.add(area);
    trace.say(() -> "swap on " + area + " " + area.options().toJson().encode());
    node.swapOn(name, area.options())
        .onComplete(result -> {
          if (result.succeeded()) {
            area.opened(result.result());
          } else if (!area.hasEnded()) {
            areas.remove(area);
            report(new Violation("C6", area + " was not opened: " + result.cause()));
          }
        });
  }

  void remove(SimArea area) {
    areas.remove(area);
  }
}

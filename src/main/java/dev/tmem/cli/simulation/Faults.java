package dev.tmem.cli.simulation;

import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What goes wrong, and how it is healed in the end. Confined to the thread of its schedule. */
final class Faults {

  private static final int LEAVE_MILLIS = 2_000;
  private static final int JUMP_MILLIS = 4_000;
  private static final int PAUSE_MILLIS = 2_500;

  private final Cluster cluster;
  private final SplittableRandom random;
  private final Temper temper;

  Faults(Cluster cluster, SplittableRandom random) {
    this.cluster = cluster;
    this.random = random;
    this.temper = cluster.temper();
  }

  /** One more thing goes wrong, or less does. */
  void one() {
    Temper.Fault fault = temper.draw(random);
    if (!temper.has(fault)) {
      return;
    }
    Machine machine = cluster.machines().get(random.nextInt(cluster.machines().size()));
    LiveNode node = machine.node();
    switch (fault) {
      case LOSSES -> changeMood();
      case CUTS -> cutOrHeal();
      case KILLS -> killOrStart(machine);
      case PAUSES -> pauseOrGoOn(node);
      case STOPS -> stop(machine, node);
      case JUMPS -> jump(node);
      case DISK -> changeDisk(node);
      case DAMAGE -> damage(node);
      case LIMITS -> changeLimits(node);
      case HINTS -> hint(node);
      case BREAKS -> breakChannel();
      case FLIPS -> cluster.network().setDamaged(random.nextInt(300));
    }
  }

  private void say(String what) {
    cluster.trace().say(() -> what);
  }

  private void changeMood() {
    Network network = cluster.network();
    cluster.doubt();
    if (random.nextInt(3) == 0) {
      network.setMood(0, 0, 0);
    } else {
      network.setMood(random.nextInt(200), random.nextInt(200), random.nextInt(300));
    }
  }

  private void cutOrHeal() {
    if (random.nextInt(3) == 0) {
      say("the network is healed");
      cluster.network().heal();
      return;
    }
    cluster.doubt();
    int count = cluster.machines().size();
    int cut = random.nextInt(count);
    boolean both = random.nextBoolean();
    int only = random.nextInt(3) == 0 ? random.nextInt(count) : -1;
    say("cut off: n" + cut + (only < 0 ? "" : " from n" + only) + (both ? "" : ", one way"));
    for (int other = 0; other < count; other++) {
      if (other != cut && (only < 0 || only == other)) {
        cluster.network().setCut(cut, other, true);
        if (both) {
          cluster.network().setCut(other, cut, true);
        }
      }
    }
  }

  private void killOrStart(Machine machine) {
    if (!machine.runs()) {
      cluster.start(machine);
    } else if (random.nextInt(3) == 0) {
      cluster.kill(machine);
      if (random.nextBoolean()) {
        cluster.start(machine);
      }
    }
  }

  private void stop(Machine machine, @Nullable LiveNode node) {
    if (node != null && node.serves() && random.nextInt(4) == 0) {
      cluster.stop(machine, random.nextInt(LEAVE_MILLIS));
    } else if (node == null) {
      cluster.start(machine);
    }
  }

  private void pauseOrGoOn(@Nullable LiveNode node) {
    if (node == null) {
      return;
    }
    long until = cluster.events().now() + random.nextInt(PAUSE_MILLIS) * Events.MILLI;
    say(node.machine().name() + " stands still");
    cluster.doubt();
    troubleDisk(node);
    node.clock().standStill(until);
    cluster.events().at(until, () -> node.clock().goOn(until));
  }

  private void jump(@Nullable LiveNode node) {
    if (node != null) {
      say("the clock of " + node.machine().name() + " jumps");
      cluster.doubt();
      troubleDisk(node);
      node.clock().jump(random.nextInt(JUMP_MILLIS) * Events.MILLI);
    }
  }

  private static void troubleDisk(LiveNode node) {
    SimDisk disk = node.disk();
    if (disk != null) {
      disk.troubled();
    }
  }

  private void changeDisk(@Nullable LiveNode node) {
    SimDisk disk = node == null ? null : node.disk();
    if (disk != null) {
      SimDisk.Mood[] moods = SimDisk.Mood.values();
      SimDisk.Mood mood =
          random.nextInt(3) == 0 ? SimDisk.Mood.WELL : moods[random.nextInt(moods.length)];
      say("a disk is " + mood);
      disk.setMood(mood);
    }
  }

  private void damage(@Nullable LiveNode node) {
    SimDisk disk = node == null ? null : node.disk();
    if (disk != null) {
      disk.setDamageOneIn(random.nextBoolean() ? 0 : 4 + random.nextInt(30));
    }
  }

  private void changeLimits(@Nullable LiveNode node) {
    if (node == null || !node.serves()) {
      return;
    }
    if (random.nextBoolean()) {
      node.joined().setLendLimit(temper.lendLimit(random));
    } else {
      node.setMemory(temper.memoryBytes(random));
    }
  }

  /** The cluster manager believes that a node has left. */
  private void hint(@Nullable LiveNode to) {
    List<LiveNode> nodes = cluster.nodes();
    if (to != null && !nodes.isEmpty()) {
      LiveNode other = nodes.get(random.nextInt(nodes.size()));
      say(to.machine().name() + " is told that " + other.machine().name() + " has left");
      cluster.doubt();
      cluster.hint(to, other.setup().options().nodeId());
    }
  }

  private void breakChannel() {
    int one = random.nextInt(cluster.machines().size());
    int other = random.nextInt(cluster.machines().size());
    if (one != other) {
      cluster.network().breakLink(one, other, "for no reason");
    }
  }

  /** Nothing goes wrong any more. */
  void healAll() {
    say("everything is healed");
    cluster.network().setMood(0, 0, 0);
    cluster.network().setDamaged(0);
    cluster.network().heal();
    for (LiveNode node : cluster.nodes()) {
      node.clock().goOn();
      SimDisk disk = node.disk();
      if (disk != null) {
        disk.setMood(SimDisk.Mood.WELL);
        disk.setDamageOneIn(0);
      }
    }
  }
}

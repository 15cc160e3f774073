package dev.tmem.cli.simulation;

import dev.tmem.dispatch.PageSpace;
import dev.tmem.ramster.RamsterBackend;
import dev.tmem.ramster.protocol.PeerView;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The end of a schedule: everything is healed and comes to rest, every page is looked at, the books
 * of all nodes are held against each other, and what is freed must be free.
 *
 * <p>Confined to the thread of its schedule.
 */
final class Rest {

  private static final long QUIET = 3_500 * Events.MILLI;
  private static final long PATIENCE = 60_000 * Events.MILLI;

  /** Loads at once; a backend that was faulty lately is asked for no more. */
  private static final int LOADS_AT_ONCE = 8;

  /** Lets time pass until something holds, and no longer than that. */
  interface Passing {
    void pass(long nanos, BooleanSupplier enough);
  }

  private final Cluster cluster;
  private final Client client;
  private final Judge judge;
  private final Faults faults;
  private final SplittableRandom random;
  private final Passing time;

  Rest(
      Cluster cluster,
      Client client,
      Judge judge,
      Faults faults,
      SplittableRandom random,
      Passing time) {
    this.cluster = cluster;
    this.client = client;
    this.judge = judge;
    this.faults = faults;
    this.random = random;
    this.time = time;
  }

  /** Comes to rest and looks at everything. */
  void come() {
    faults.healAll();
    for (Machine machine : cluster.machines()) {
      if (!machine.runs() && random.nextBoolean()) {
        cluster.start(machine);
      }
    }
    time.pass(QUIET, () -> false);
    await("an operation has not ended", () -> client.underWay() == 0);
    await("a node that stops does not end", this::nobodyLeaves);
    judge.beStrict();
    everyPage();
    time.pass(QUIET / 4, () -> false);
    cluster.nodes().forEach(node -> check(cluster, node));
    booksAgree();
    everythingIsFreed();
    everybodyEnds();
  }

  private void await(String complaint, BooleanSupplier condition) {
    time.pass(PATIENCE, condition);
    if (!condition.getAsBoolean()) {
      throw new Violation("C10", complaint + " after " + PATIENCE / Events.MILLI + " ms");
    }
  }

  private boolean nobodyLeaves() {
    return cluster.nodes().stream().noneMatch(LiveNode::leaves);
  }

  private void everyPage() {
    for (SimArea area : List.copyOf(cluster.areas())) {
      for (long offset = 0; offset < area.offsets(); offset++) {
        if (area.isOpen()) {
          client.load(area, offset);
        }
        if (client.underWay() >= LOADS_AT_ONCE) {
          await("a load has not ended", () -> client.underWay() == 0);
        }
      }
    }
    await("a load has not ended", () -> client.underWay() == 0);
  }

  // ---- The books

  /** C13 within one node. */
  static void check(Cluster cluster, LiveNode node) {
    node.dispatcher()
        .check()
        .onSuccess(problems -> {
          if (!problems.isEmpty()) {
            cluster.report(new Violation("C13", node.machine().name() + ": " + problems));
          }
        });
  }

  /** C13 between nodes, and between a node and its disk. */
  private void booksAgree() {
    for (LiveNode owner : cluster.nodes()) {
      String name = owner.machine().name();
      long lent = owner.joined().peers().stream().mapToLong(PeerView::lentPages).sum();
      if (named(owner, RamsterBackend.NAME) != lent) {
        sayWhereItsPagesAre(owner);
      }
      expect(name + " names copies at its peers", named(owner, RamsterBackend.NAME), lent);
      for (LiveNode lender : cluster.nodes()) {
        if (lender != owner) {
          expect(
              name + " lent to " + lender.machine().name(),
              lentTo(owner, lender),
              foreignOf(lender, owner));
        }
      }
      SimDisk disk = owner.disk();
      if (disk != null) {
        expect(name + " names copies on its disk", named(owner, SimDisk.NAME), disk.size());
        expect(name + " frees on its disk what is not there", 0, disk.strangeFrees());
      }
    }
    noneOfTheDead();
  }

  /** For the reader: what a node names, and whom it knows. */
  private void sayWhereItsPagesAre(LiveNode owner) {
    owner.joined().peers().forEach(peer -> cluster.trace().say(peer::toString));
    for (PageSpace space : owner.dispatcher().spaces()) {
      owner
          .dispatcher()
          .slots(space, 0, Long.MAX_VALUE, 1_000)
          .onSuccess(slots ->
              slots.forEach(slot -> cluster.trace().say(() -> space.config().name() + " " + slot)));
    }
    time.pass(Events.MILLI, () -> false);
  }

  private static long named(LiveNode owner, String backend) {
    long copies = 0;
    for (PageSpace space : owner.dispatcher().spaces()) {
      copies += owner.dispatcher().pagesByBackend(space).getOrDefault(backend, 0L);
      copies += owner.dispatcher().extraCopiesByBackend(space).getOrDefault(backend, 0L);
    }
    return copies;
  }

  private static @Nullable PeerView seenBy(LiveNode node, LiveNode other) {
    UUID wanted = other.setup().options().incarnation();
    for (PeerView view : node.joined().peers()) {
      if (view.incarnation().equals(wanted)) {
        return view;
      }
    }
    return null;
  }

  private static long lentTo(LiveNode owner, LiveNode lender) {
    PeerView view = seenBy(owner, lender);
    return view == null ? 0 : view.lentPages();
  }

  private static long foreignOf(LiveNode lender, LiveNode owner) {
    PeerView view = seenBy(lender, owner);
    return view == null ? 0 : view.foreignPages();
  }

  private void noneOfTheDead() {
    for (LiveNode lender : cluster.nodes()) {
      for (PeerView view : lender.joined().peers()) {
        if (view.state().equals("dead")) {
          expect(
              lender.machine().name() + " keeps pages of " + view.name() + ", which has ended",
              0,
              view.foreignPages());
        }
      }
    }
  }

  private static void expect(String what, long wanted, long found) {
    if (wanted != found) {
      throw new Violation("C13", what + ": " + wanted + ", there are " + found);
    }
  }

  // ---- The end

  /** With every area gone, nothing is left of them anywhere. */
  private void everythingIsFreed() {
    int[] ending = {0};
    for (LiveNode node : cluster.nodes()) {
      ending[0]++;
      cluster.areas().stream().filter(area -> area.node() == node).forEach(SimArea::end);
      node.endAreas().onComplete(ended -> ending[0]--);
    }
    await("areas do not end", () -> ending[0] == 0);
    time.pass(QUIET / 2, () -> false);
    for (LiveNode node : cluster.nodes()) {
      String name = node.machine().name();
      long foreign = 0;
      for (LiveNode other : cluster.nodes()) {
        expect(
            name + " keeps pages of " + other.machine().name() + ", which has none",
            0,
            foreignOf(node, other));
      }
      for (PeerView view : node.joined().peers()) {
        foreign += view.foreignPages();
      }
      SimDisk disk = node.disk();
      expect(name + " has copies on its disk", 0, disk == null ? 0 : disk.size());
      if (foreign == 0) {
        expect(name + " has bytes in RAM", 0, node.ram().usage().usedBytes());
      }
    }
  }

  private void everybodyEnds() {
    List<LiveNode> nodes = new ArrayList<>(cluster.nodes());
    int[] closing = {nodes.size()};
    nodes.forEach(node -> node.close().onComplete(closed -> closing[0]--));
    await("a node does not close", () -> closing[0] == 0);
    for (LiveNode node : nodes) {
      expect(node.machine().name() + " holds bytes at its end", 0, node.usedBytes());
    }
  }
}

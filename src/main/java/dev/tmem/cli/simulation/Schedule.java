package dev.tmem.cli.simulation;

import dev.tmem.codec.PageCodec;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One schedule: a cluster, what its clients do and what befalls it, one step after the other, and
 * then rest, and a look at everything. Its seed tells all of it.
 *
 * <p>Confined to one thread.
 */
final class Schedule {

  /** A schedule that comes to no end is broken. */
  private static final long EVENTS_MAX = 2_000_000;

  private static final int FAULT_ONE_IN = 12;
  private static final int CHECK_ONE_IN = 64;

  /** What a schedule came to. */
  record Result(
      @Nullable Violation violation, long events, long loaded, long hash, List<String> lastSteps) {}

  private final SplittableRandom random;
  private final Trace trace;
  private final Temper temper;
  private final Cluster cluster;
  private final Client client;
  private final Judge judge;
  private final Load load;
  private final Faults faults;

  /**
   * @param machines as many as the largest schedule needs; nothing runs on them
   * @param nodes how many nodes; 0: the seed tells
   */
  Schedule(
      long seed,
      int nodes,
      List<Machine> machines,
      PageCodec codec,
      Wiring wiring,
      boolean readable) {
    this.random = new SplittableRandom(seed);
    this.trace = new Trace(readable);
    this.temper = new Temper(random.split(), nodes);
    this.cluster =
        new Cluster(
            temper, random.split(), trace, machines.subList(0, temper.nodes()), codec, wiring);
    this.judge = new Judge(cluster);
    this.client = new Client(cluster, random.split(), judge);
    this.load = new Load(cluster, client, random.split());
    this.faults = new Faults(cluster, random.split());
  }

  Result run() {
    trace.say(temper::toString);
    try {
      steps();
      new Rest(cluster, client, judge, faults, random, this::pass).come();
    } catch (Violation found) {
      cluster.report(found);
    } catch (RuntimeException | AssertionError broken) {
      Violation found = new Violation("none", "something threw " + broken);
      found.initCause(broken);
      cluster.report(found);
    } finally {
      cluster.nodes().forEach(LiveNode::end);
    }
    return new Result(
        cluster.violation(), trace.events(), client.loaded(), trace.hash(), trace.lines());
  }

  private void steps() {
    cluster.machines().forEach(cluster::start);
    pass(500 * Events.MILLI);
    for (int step = 0; step < temper.steps(); step++) {
      if (random.nextInt(FAULT_ONE_IN) == 0) {
        faults.one();
      } else {
        load.one();
      }
      if (random.nextInt(CHECK_ONE_IN) == 0) {
        check();
      }
      pass(interval());
    }
  }

  private long interval() {
    int draw = random.nextInt(100);
    int millis = draw < 60 ? 2 : draw < 90 ? 20 : draw < 99 ? 200 : 2_000;
    return random.nextInt(millis * 1_000) * Events.MICRO;
  }

  /** C13, as far as it can be asked of a node that is at work: counters and tables agree. */
  private void check() {
    List<LiveNode> nodes = cluster.nodes();
    if (!nodes.isEmpty()) {
      Rest.check(cluster, nodes.get(random.nextInt(nodes.size())));
    }
  }

  private void pass(long nanos) {
    pass(nanos, () -> false);
  }

  /** Lets time pass, until something holds or so much has passed; every contract is looked at. */
  private void pass(long nanos, BooleanSupplier enough) {
    Events events = cluster.events();
    long until = events.now() + nanos;
    while (!enough.getAsBoolean() && events.step(until)) {
      Violation found = cluster.violation();
      if (found != null) {
        throw found;
      }
      if (trace.events() > EVENTS_MAX) {
        throw new Violation("none", "no end after " + EVENTS_MAX + " events");
      }
    }
    Violation found = cluster.violation();
    if (found != null) {
      throw found;
    }
  }
}

package dev.tmem.cli.simulation;

import dev.tmem.CleanCacheOptions;
import dev.tmem.Protection;
import dev.tmem.SwapAreaOptions;
import dev.tmem.ramster.protocol.Flight;
import dev.tmem.ramster.protocol.Timing;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * What kind of schedule it is: its sizes, and which faults befall it. Drawn once, so that schedules
 * differ from each other more than their steps do. Immutable.
 */
final class Temper {

  static final int NODES_MIN = 3;
  static final int NODES_MAX = 9;

  /** Without the sweep, floors and frees alone must keep the books. */
  private static final int NO_SWEEP = 1_000_000_000;

  /** As little on its way as can be. */
  static final Flight FLIGHT = new Flight(Flight.LEAST_BYTES, 2 * Flight.LEAST_BYTES);

  /** At least what the buffers of one peer take. */
  private static final long PEER_BYTES = 6L * (1 << 16);

  private static final int SWEEP_MILLIS = 400;
  private static final int SPAN_BYTES = 1 << 16;
  private static final int[] PAGE_SIZES = {1 << 10, 1 << 11, 1 << 11, 1 << 12, 1 << 13};

  /** What may befall a schedule. */
  enum Fault {
    LOSSES,
    CUTS,
    PAUSES,
    KILLS,
    STOPS,
    JUMPS,
    DISK,
    DAMAGE,
    LIMITS,
    HINTS,
    BREAKS,
    FLIPS
  }

  /** By which no living node is doubted. */
  private static final Set<Fault> UNDOUBTED =
      EnumSet.of(Fault.KILLS, Fault.STOPS, Fault.DISK, Fault.LIMITS, Fault.BREAKS, Fault.FLIPS);

  private final int nodes;
  private final int steps;
  private final boolean hasChannels;
  private final boolean clocksDrift;
  private final boolean wallClocksLie;
  private final boolean sweeps;
  private final int diskKind;
  private final int offsets;
  private final int memorySpans;
  private final int pageSize;
  private final int racks;
  private final Set<Fault> faults;

  /** Nobody has a reason to doubt who lives, so one end after the other has to be borne. */
  private final boolean isUndoubted;

  /**
   * @param nodesWanted 0: to be drawn
   */
  Temper(SplittableRandom random, int nodesWanted) {
    int drawn = drawNodes(random);
    nodes = nodesWanted == 0 ? drawn : nodesWanted;
    steps = 80 + random.nextInt(140);
    hasChannels = random.nextInt(3) > 0;
    clocksDrift = random.nextBoolean();
    wallClocksLie = random.nextInt(4) == 0;
    sweeps = random.nextBoolean();
    diskKind = random.nextInt(4);
    offsets = 8 + random.nextInt(40);
    memorySpans = 7 + random.nextInt(7);
    pageSize = PAGE_SIZES[random.nextInt(PAGE_SIZES.length)];
    racks = random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 0;
    faults = EnumSet.noneOf(Fault.class);
    for (Fault fault : Fault.values()) {
      if (random.nextBoolean()) {
        faults.add(fault);
      }
    }
    isUndoubted = random.nextInt(6) == 0;
    if (isUndoubted) {
      faults.retainAll(UNDOUBTED);
      faults.add(Fault.KILLS);
    }
  }

  private static int drawNodes(SplittableRandom random) {
    int draw = random.nextInt(20);
    if (draw < 14) {
      return NODES_MIN;
    }
    return draw < 18 ? NODES_MIN + 1 : NODES_MIN + 2 + random.nextInt(NODES_MAX - NODES_MIN - 1);
  }

  int nodes() {
    return nodes;
  }

  /** Steps of clients and faults, before it is healed. */
  int steps() {
    return steps;
  }

  boolean hasChannels() {
    return hasChannels;
  }

  /** Whether one node's second is longer than another's. */
  boolean clocksDrift() {
    return clocksDrift;
  }

  /** Whether a node that is restarted may think that it is earlier than before. */
  boolean wallClocksLie() {
    return wallClocksLie;
  }

  boolean has(Fault fault) {
    return faults.contains(fault);
  }

  /** What is to go wrong next; it may be nothing that befalls this schedule. */
  Fault draw(SplittableRandom random) {
    Fault[] all = isUndoubted ? faults.toArray(new Fault[0]) : Fault.values();
    return all[random.nextInt(all.length)];
  }

  /** Pages of an area. */
  int offsets() {
    return offsets;
  }

  Timing timing() {
    return new Timing(250, 1_000, 400, 100, 10, 60_000, sweeps ? SWEEP_MILLIS : NO_SWEEP);
  }

  /** Of one node, the buffers of its peers included. */
  long memoryBytes(SplittableRandom random) {
    return PEER_BYTES * (nodes - 1) + (long) SPAN_BYTES * (memorySpans + random.nextInt(3));
  }

  /** With which the buffers of all peers are a quarter of the limit. */
  long ballastBytes() {
    return 3 * PEER_BYTES * (nodes - 1);
  }

  /** Of one node; 0: it lends nothing. */
  long lendLimit(SplittableRandom random) {
    return random.nextInt(6) == 0 ? 0 : (long) SPAN_BYTES * (1 + random.nextInt(memorySpans));
  }

  /** Of one node; 0: it has no disk. */
  long diskBytes(SplittableRandom random) {
    return switch (diskKind) {
      case 0 -> 0;
      case 1 -> (long) pageSize * (1 + random.nextInt(offsets));
      default -> 1L << 30;
    };
  }

  /** Of one node; empty: it has none. */
  String rack(SplittableRandom random) {
    return racks == 0 ? "" : "rack" + random.nextInt(racks);
  }

  SwapAreaOptions areaOptions(SplittableRandom random) {
    Protection[] kinds = Protection.values();
    return new SwapAreaOptions()
        .setPageSize(pageSize)
        .setMaxPages(offsets)
        .setWritethrough(diskKind > 1 && random.nextInt(8) == 0)
        .setProtection(kinds[random.nextInt(kinds.length)]);
  }

  CleanCacheOptions cacheOptions(SplittableRandom random) {
    return new CleanCacheOptions()
        .setPageSize(pageSize)
        .setExclusiveGets(random.nextInt(4) == 0)
        .setTimeToLiveSeconds(random.nextInt(4) == 0 ? 1 : 0);
  }

  @Override
  public String toString() {
    return nodes
        + " nodes, "
        + steps
        + " steps, "
        + offsets
        + " pages of "
        + pageSize
        + " B an area, "
        + (hasChannels ? "channels" : "event bus")
        + ", sweeps "
        + sweeps
        + ", faults "
        + faults;
  }
}

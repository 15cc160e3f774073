package dev.tmem.cli.simulation;

import dev.tmem.memory.ReusedRegions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a node runs on: it keeps its name and its memory while nodes come and go on it.
 *
 * <p>Confined to the thread of its schedule.
 */
final class Machine {

  private final int number;
  private final ReusedRegions memory = new ReusedRegions();
  private @Nullable LiveNode node;

  /**
   * @param number its place in the cluster, from 0
   */
  Machine(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  String name() {
    return "n" + number;
  }

  /** Where frames for whatever runs here are sent. */
  String address() {
    return "tmem." + name() + ".peer";
  }

  ReusedRegions memory() {
    return memory;
  }

  /** What runs here; null: nothing does. */
  @Nullable LiveNode node() {
    return node;
  }

  boolean runs() {
    return node != null;
  }

  LiveNode running() {
    return Objects.requireNonNull(node);
  }

  void set(@Nullable LiveNode started) {
    node = started;
  }
}

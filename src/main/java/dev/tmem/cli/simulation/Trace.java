package dev.tmem.cli.simulation;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Supplier;

/**
 * What has happened in a schedule: always as one number, which two runs of a seed have in common,
 * and as text when somebody wants to read the last steps.
 *
 * <p>Confined to the thread of its schedule.
 */
final class Trace {

  /** Steps that are kept as text. */
  static final int LINES_MAX = 20_000;

  private static final long PRIME = 0x9E3779B97F4A7C15L;

  private final boolean readable;
  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private long hash = PRIME;
  private long time;
  private long events;

  /**
   * @param readable whether the last steps are kept as text, which takes time
   */
  Trace(boolean readable) {
    this.readable = readable;
  }

  /** An event happens. */
  void event(long now, long order) {
    time = now;
    events++;
    mix(now);
    mix(order);
  }

  /** Something that tells two runs apart. */
  void mix(long value) {
    hash = (hash ^ value) * PRIME;
    hash ^= hash >>> 29;
  }

  boolean isReadable() {
    return readable;
  }

  /** A step, for the reader. */
  void say(Supplier<String> text) {
    if (readable) {
      if (lines.size() == LINES_MAX) {
        lines.poll();
      }
      lines.add("%10.3f ms  %s".formatted(time / 1e6, text.get()));
    }
  }

  long hash() {
    return hash;
  }

  /** How many events there were. */
  long events() {
    return events;
  }

  /** The last steps, oldest first. */
  List<String> lines() {
    return List.copyOf(lines);
  }
}

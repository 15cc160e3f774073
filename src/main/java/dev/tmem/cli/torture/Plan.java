package dev.tmem.cli.torture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Which faults happen to which node, one after the other; the same seed makes the same plan.
 * Immutable.
 */
record Plan(List<Step> steps) {

  /** A plan has no more steps than that. */
  private static final int MAX_STEPS = 2_000;

  /** No step is longer: by then everybody has given the node up. */
  private static final int MAX_HOLD_MILLIS = 12_000;

  private static final int MIN_HOLD_MILLIS = 300;
  private static final int MAX_CALM_MILLIS = 1_500;

  /**
   * One fault.
   *
   * @param node to which it happens
   * @param calmMillis before it
   * @param holdMillis how long it lasts
   */
  record Step(Fault fault, int node, int calmMillis, int holdMillis) {

    @Override
    public String toString() {
      return "after %.1f s %s node-%d for %.1f s"
          .formatted(calmMillis / 1e3, fault.word(), node + 1, holdMillis / 1e3);
    }
  }

  Plan {
    steps = List.copyOf(steps);
  }

  /**
   * Each fault in turn, in another order each time, until the time is filled.
   *
   * @param faults at least one
   */
  static Plan of(List<Fault> faults, int nodes, int seconds, long seed) {
    Random random = new Random(seed);
    List<Step> steps = new ArrayList<>();
    int most = Math.clamp(seconds * 1_000L / (2L * faults.size()), 500, MAX_HOLD_MILLIS);
    long millis = 0;
    while (millis < seconds * 1_000L && steps.size() < MAX_STEPS) {
      List<Fault> round = new ArrayList<>(faults);
      Collections.shuffle(round, random);
      for (Fault fault : round) {
        Step step =
            new Step(
                fault,
                random.nextInt(nodes),
                random.nextInt(MAX_CALM_MILLIS),
                random.nextInt(MIN_HOLD_MILLIS, most));
        steps.add(step);
        millis += step.calmMillis() + step.holdMillis();
      }
    }
    return new Plan(steps);
  }
}

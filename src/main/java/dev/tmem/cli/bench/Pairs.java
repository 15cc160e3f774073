package dev.tmem.cli.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Figures of us and of what stands beside us, measured in turn. The ratio is the median of the
 * pairs' own ratios, so that what a pair has in common drops out of it. Confined to one thread.
 */
final class Pairs {

  private final List<Double> ours = new ArrayList<>();
  private final List<Double> beside = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();

  Pairs add(double ourFigure, double otherFigure) {
    ours.add(ourFigure);
    beside.add(otherFigure);
    ratios.add(ourFigure / otherFigure);
    return this;
  }

  int count() {
    return ratios.size();
  }

  double ours() {
    return median(ours);
  }

  double beside() {
    return median(beside);
  }

  double ratio() {
    return median(ratios);
  }

  /** The middle one, or the mean of the two in the middle. */
  static double median(List<Double> figures) {
    if (figures.isEmpty()) {
      throw new IllegalArgumentException("nothing has a median");
    }
    List<Double> sorted = new ArrayList<>(figures);
    Collections.sort(sorted);
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}

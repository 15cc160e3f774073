package dev.tmem.cli.bench;

import java.util.Locale;

/** Which way a figure is meant to go. */
enum Better {
  HIGHER,
  LOWER;

  /** Whether a figure is as good as it should be. */
  boolean reaches(double figure, double goal) {
    return this == HIGHER ? figure >= goal : figure <= goal;
  }

  /** The worse of two figures. */
  double worse(double a, double b) {
    return this == HIGHER ? Math.min(a, b) : Math.max(a, b);
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Better of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}

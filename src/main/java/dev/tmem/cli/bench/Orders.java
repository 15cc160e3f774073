package dev.tmem.cli.bench;

import java.util.SplittableRandom;

/** In which order pages are visited. */
final class Orders {

  private Orders() {}

  /** Uniform random numbers below a bound. */
  static int[] uniform(int count, int bound, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = random.nextInt(bound);
    }
    return order;
  }

  /** Every number below a bound once, shuffled. */
  static int[] shuffled(int bound, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] order = new int[bound];
    for (int i = 0; i < bound; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}

package dev.tmem.swapfile;

import java.util.UUID;

/**
 * What the checksums of a segment's records are mixed with: the high half with that of the header,
 * the low half with that of the payload. Two generations of one file never have the same seed (the
 * mixing can be undone), so an intact record of an earlier generation fails at least one of its two
 * checks.
 */
final class GenerationSeed {

  private GenerationSeed() {}

  static long of(UUID file, long generation) {
    long seed =
        generation
            ^ file.getLeastSignificantBits()
            ^ Long.rotateLeft(file.getMostSignificantBits(), 32);
    // Each step can be undone: multiplying by an odd number, and folding the high bits down.
    seed = (seed ^ seed >>> 31) * 0x9e3779b97f4a7c15L;
    seed = (seed ^ seed >>> 29) * 0xd6e8feb86659fd93L;
    return seed ^ seed >>> 32;
  }

  static int header(long seed) {
    return (int) (seed >>> 32);
  }

  static int payload(long seed) {
    return (int) seed;
  }
}

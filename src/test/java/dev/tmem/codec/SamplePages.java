package dev.tmem.codec;

import java.util.Random;

/** Pages for the tests of this package: from unshrinkable to same-filled, by a seeded source. */
final class SamplePages {
  private SamplePages() {}

  /** Random bytes; no codec shrinks them. */
  static byte[] noise(Random random, int length) {
    byte[] page = new byte[length];
    random.nextBytes(page);
    return page;
  }

  /** Words out of a small dictionary, as text and records are made. */
  static byte[] text(Random random, int length) {
    byte[][] words = new byte[64][];
    for (int i = 0; i < words.length; i++) {
      words[i] = noise(random, 3 + random.nextInt(9));
    }
    byte[] page = new byte[length];
    for (int at = 0; at < length; ) {
      byte[] word = words[random.nextInt(words.length)];
      int part = Math.min(word.length, length - at);
      System.arraycopy(word, 0, page, at, part);
      at += part;
    }
    return page;
  }

  /** Any of the kinds. */
  static byte[] any(Random random, int length) {
    byte[] page =
        switch (random.nextInt(4)) {
          case 0 -> noise(random, length);
          case 1 -> new byte[length];
          default -> text(random, length);
        };
    if (random.nextInt(4) == 0) {
      page[random.nextInt(length)] ^= 1;
    }
    return page;
  }
}

package dev.tmem.dispatch;

import dev.tmem.backend.Codec;
import dev.tmem.codec.CodecScratch;
import dev.tmem.codec.PageCodec;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Pages by what the codecs make of them. */
final class HardPages {

  private static final String[] WORDS = {
    "page",
    "table",
    "slot",
    "zram",
    "swap",
    "frontswap",
    "cleancache",
    "lender",
    "borrower",
    "epoch",
    "handle",
    "stripe",
    "demote",
    "promote",
    "span",
    "region",
    "lock",
    "mark",
    "idle",
    "huge"
  };

  private HardPages() {}

  /** Bytes that nothing shrinks. */
  static byte[] noise(long seed, int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  /** Text, of which the slow codec makes less than the quick one. */
  static byte[] text(long seed, int length) {
    return mixed(seed, length, 0);
  }

  /** A page that is kept raw by the quick codec, and compressed by the slow one. */
  static byte[] rawUntilTriedHard(PageCodec codec, long seed, int length) {
    for (int noise = length * 3 / 10; noise < length; noise += 8) {
      byte[] page = mixed(seed, length, noise);
      try (CodecScratch scratch = codec.acquire()) {
        scratch.compress(ByteBuffer.wrap(page));
        if (scratch.codec() == Codec.RAW) {
          codec.restore(scratch, Codec.RAW, ByteBuffer.wrap(page), 0, length, length);
          scratch.compressHard();
          if (scratch.codec() == Codec.LZ4) {
            return page;
          }
          break;
        }
      }
    }
    throw new AssertionError("seed " + seed + ": no such page");
  }

  private static byte[] mixed(long seed, int length, int noise) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] page = new byte[length];
    random.nextBytes(page);
    int at = noise;
    while (at < length) {
      for (char c : (WORDS[random.nextInt(WORDS.length)] + " ").toCharArray()) {
        if (at < length) {
          page[at++] = (byte) c;
        }
      }
    }
    return page;
  }
}

package dev.tmem.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A second, slower pass over zpages: the same format, and never another page. */
class RecompressionTest {

  private static Zpage zpage(PageCodec codec, byte[] page) {
    try (CodecScratch scratch = codec.acquire()) {
      scratch.compress(ByteBuffer.wrap(page));
      byte[] bytes = kept(scratch);
      return Zpage.of(new PageKey(1, 2), 3, scratch.codec(), page.length, bytes);
    }
  }

  private static boolean recompress(PageCodec codec, CodecScratch scratch, Zpage zpage) {
    ByteBuffer bytes = ByteBuffer.wrap(zpage.bytes());
    int length = zpage.originalLength();
    if (!codec.restore(scratch, zpage.codec(), bytes, 0, zpage.length(), length)) {
      return false;
    }
    scratch.compressHard();
    return true;
  }

  private static byte[] kept(CodecScratch scratch) {
    if (scratch.codec() == Codec.SAME) {
      return ByteBuffer.allocate(Long.BYTES).putLong(scratch.sameWord()).array();
    }
    byte[] bytes = new byte[scratch.length()];
    scratch.bytes().get(0, bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pagesOfAllKindsStayWhatTheyAre(boolean best) {
    PageCodec codec = best ? new PageCodec(73) : new PageCodec(73, Lz4.pureJava());
    Random random = new Random(31);
    long before = 0;
    long after = 0;
    for (int i = 0; i < 300; i++) {
      byte[] page = SamplePages.any(random, 1 + random.nextInt(i % 10 == 0 ? 65_536 : 4096));
      Zpage zpage = zpage(codec, page);
      try (CodecScratch scratch = codec.acquire()) {
        assertTrue(recompress(codec, scratch, zpage));
        assertEquals(page.length, scratch.originalLength());
        byte[] bytes = kept(scratch);
        byte[] restored = new byte[page.length];
        assertEquals(
            page.length,
            codec.decompress(
                scratch.codec(),
                ByteBuffer.wrap(bytes),
                0,
                bytes.length,
                ByteBuffer.wrap(restored),
                0,
                page.length));
        assertArrayEquals(page, restored);
        if (zpage.codec() == Codec.LZ4) {
          before += zpage.length();
          after += bytes.length;
        }
      }
    }
    assertTrue(after < before * 0.98, after + " of " + before + " bytes");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 4096, 65_536})
  void whatDoesNotShrinkIsRawAgain(int length) {
    PageCodec codec = new PageCodec(73);
    byte[] page = SamplePages.noise(new Random(length), length);
    try (CodecScratch scratch = codec.acquire()) {
      assertTrue(recompress(codec, scratch, zpage(codec, page)));
      assertSame(Codec.RAW, scratch.codec());
      assertArrayEquals(page, kept(scratch));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 100})
  void theShareMayChangeMeanwhile(int percent) {
    PageCodec codec = new PageCodec(73);
    byte[] page = SamplePages.text(new Random(9), 4096);
    Zpage zpage = zpage(codec, page);
    codec.setMaxStoredPercent(percent);
    assertEquals(percent, codec.maxStoredPercent());
    try (CodecScratch scratch = codec.acquire()) {
      assertTrue(recompress(codec, scratch, zpage));
      assertEquals(
          scratch.codec() == Codec.LZ4,
          scratch.length() < 4096 && scratch.length() * 100 <= 4096 * percent);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void aDamagedZpageIsFoundOutOrMakesSomePageOfItsLength(int seed) {
    PageCodec codec = new PageCodec(73);
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      byte[] page = SamplePages.text(random, 4096);
      Zpage zpage = zpage(codec, page);
      byte[] bytes = zpage.bytes().clone();
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      Zpage damaged = Zpage.of(zpage.key(), 3, zpage.codec(), 4096, bytes);
      try (CodecScratch scratch = codec.acquire()) {
        if (recompress(codec, scratch, damaged)) {
          assertEquals(4096, scratch.originalLength());
        } else {
          refused++;
        }
      }
    }
    assertTrue(refused > 0);
    Zpage wrongLength = Zpage.of(new PageKey(1, 1), 1, Codec.RAW, 4096, new byte[4095]);
    try (CodecScratch scratch = codec.acquire()) {
      assertFalse(recompress(codec, scratch, wrongLength));
    }
  }
}

package dev.tmem.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pages that travel: packed where they are put, kept as they are, and unpacked by who reads. */
class PackedPagesTest {

  private static final int[] SIZES = {1, 7, 8, 9, 4095, 4096, 65_536};

  private final PageCodec codec = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT);

  private static byte[] random(int bytes) {
    byte[] page = new byte[bytes];
    new Random(bytes).nextBytes(page);
    return page;
  }

  /** A share of it is random, the rest one byte. */
  private static byte[] partly(int bytes, int percent) {
    byte[] page = new byte[bytes];
    Arrays.fill(page, (byte) 7);
    byte[] some = random(bytes * percent / 100);
    System.arraycopy(some, 0, page, 0, some.length);
    return page;
  }

  private void assertComesBack(byte[] page) {
    assertComesBack(page, codec.pack(ByteBuffer.wrap(page)));
    assertComesBack(page, codec.packQuickly(ByteBuffer.wrap(page)));
  }

  private void assertComesBack(byte[] page, byte[] packed) {
    assertArrayEquals(page, codec.unpack(ByteBuffer.wrap(packed), page.length));
    assertArrayEquals(
        page, codec.unpack(ByteBuffer.allocateDirect(packed.length).put(packed).flip(), 65_536));
    assertNull(codec.unpack(ByteBuffer.wrap(packed), page.length - 1), "over the limit");
    assertTrue(packed.length <= page.length + PackedPageLayout.ZPAGE, "it does not grow");
    try (CodecScratch scratch = codec.acquire()) {
      assertFalse(scratch.adopt(ByteBuffer.wrap(packed), page.length - 1));
      assertTrue(scratch.adopt(ByteBuffer.wrap(packed), page.length));
      assertEquals(page.length, scratch.originalLength());
      assertArrayEquals(
          packed,
          PageCodec.packed(scratch.codec(), page.length, scratch.bytes(), 0, scratch.length()));
    }
  }

  @Test
  void pagesOfAllKindsComeBack() {
    for (int bytes : SIZES) {
      assertComesBack(random(bytes));
      assertComesBack(new byte[bytes]);
      for (int percent = 5; percent <= 95; percent += 10) {
        assertComesBack(partly(bytes, percent));
      }
    }
  }

  @Test
  void whatShrinksALittleTravelsSmaller() {
    byte[] page = partly(4096, 85);
    assertTrue(codec.pack(ByteBuffer.wrap(page)).length < 3_700);
  }

  @Test
  void whatIsPackedOnceIsPackedBetter() {
    StringBuilder text = new StringBuilder();
    Random random = new Random(5);
    while (text.length() < 4096) {
      text.append("word ")
          .append(random.nextInt(300))
          .append(random.nextBoolean() ? ", " : " and ");
    }
    byte[] page = text.substring(0, 4096).getBytes(StandardCharsets.US_ASCII);
    int well = codec.pack(ByteBuffer.wrap(page)).length;
    assertTrue(well < codec.packQuickly(ByteBuffer.wrap(page)).length * 0.95, well + " bytes");
  }

  @Test
  void whatIsDamagedIsNoPageAndDoesNoHarm() {
    Random random = new Random(3);
    byte[] packed = codec.pack(ByteBuffer.wrap(partly(4096, 40)));
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged =
          Arrays.copyOf(packed, random.nextInt(4) == 0 ? i % packed.length : packed.length);
      for (int changes = random.nextInt(3); changes >= 0 && damaged.length > 0; changes--) {
        damaged[random.nextInt(Math.min(damaged.length, 40))] = (byte) random.nextInt();
      }
      byte[] page = codec.unpack(ByteBuffer.wrap(damaged), 4096);
      assertTrue(page == null || page.length <= 4096);
      try (CodecScratch scratch = codec.acquire()) {
        if (scratch.adopt(ByteBuffer.wrap(damaged), 4096)) {
          assertTrue(scratch.length() >= 1 && scratch.length() <= 4096);
        }
      }
    }
    assertNull(codec.unpack(ByteBuffer.wrap(new byte[0]), 4096));
    assertNotNull(codec.unpack(ByteBuffer.wrap(packed), 4096));
  }
}

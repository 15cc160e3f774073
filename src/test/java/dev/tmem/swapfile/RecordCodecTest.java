package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RecordCodecTest {

  private static final UUID FILE = new UUID(0x1234, 0x5678);
  private static final int AT = 128;

  private final RecordCodec codec = new RecordCodec();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);
  private final long seed = GenerationSeed.of(FILE, 42);

  private static Zpage page(int length) {
    return Rig.page(new Random(length), new PageKey(3, 99), 1L << 40, length);
  }

  @Test
  void aRecordComesBackAsItWas() {
    for (int length : new int[] {1, 15, 16, 17, 8, 2000, 65535, 65536}) {
      Zpage page = page(length);
      int bytes = codec.encode(buffer, AT, seed, RecordLayout.KIND_PAGE, 0, page);
      assertEquals(RecordLayout.recordBytes(length), bytes);
      assertEquals(0, bytes % RecordLayout.ALIGNMENT);
      assertTrue(codec.headerIntact(buffer, AT, buffer.capacity(), seed));
      Zpage back = codec.zpage(buffer, AT, seed);
      assertTrue(back != null && back.intact());
      Rig.assertFound(page, new Fetched.Found(back));
      for (int i = AT + RecordLayout.PAYLOAD_AT + length; i < AT + bytes; i++) {
        assertEquals(0, buffer.get(i), "padding");
      }
    }
  }

  @Test
  void theLayoutIsAsDocumented() {
    assertEquals(48, RecordLayout.PAYLOAD_AT);
    assertEquals(64, RecordLayout.recordBytes(1));
    assertEquals(64, RecordLayout.recordBytes(16));
    assertEquals(128, RecordLayout.recordBytes(17));
    assertEquals(128, SegmentLayout.HEADER_BYTES);
    assertEquals(4092, HeaderLayout.CRC_AT);
    assertTrue(HeaderLayout.NODE_AT + HeaderLayout.MAX_NODE_BYTES <= HeaderLayout.CRC_AT);
  }

  @Test
  void aRecordIsNotTakenForOneOfAnotherGenerationOrFile() {
    codec.encode(buffer, AT, seed, RecordLayout.KIND_PAGE, 0, page(700));
    for (long generation = 0; generation < 20_000; generation++) {
      if (generation != 42) {
        assertFalse(intact(GenerationSeed.of(FILE, generation)), "generation " + generation);
      }
    }
    assertFalse(intact(GenerationSeed.of(new UUID(0x1234, 0x5679), 42)));
    assertFalse(intact(GenerationSeed.of(new UUID(0x1235, 0x5678), 42)));
  }

  private boolean intact(long otherSeed) {
    return codec.headerIntact(buffer, AT, buffer.capacity(), otherSeed)
        && codec.zpage(buffer, AT, otherSeed) != null;
  }

  @Test
  void seedsDoNotRepeat() {
    Set<Long> seen = new HashSet<>();
    for (long generation = 0; generation < 200_000; generation++) {
      assertTrue(seen.add(GenerationSeed.of(FILE, generation)));
    }
    assertNotEquals(
        GenerationSeed.header(GenerationSeed.of(FILE, 1)),
        GenerationSeed.header(GenerationSeed.of(FILE, 2)));
  }

  @Test
  void everySingleBitThatFlipsShows() {
    Zpage page = page(40);
    codec.encode(buffer, AT, seed, RecordLayout.KIND_PAGE, 0, page);
    for (int bit = 0; bit < (RecordLayout.PAYLOAD_AT + page.length()) * 8; bit++) {
      int at = AT + bit / 8;
      byte before = buffer.get(at);
      buffer.put(at, (byte) (before ^ 1 << bit % 8));
      assertFalse(intact(seed), "bit " + bit);
      buffer.put(at, before);
    }
    assertTrue(intact(seed));
  }

  @Test
  void aCopyIsGoodInItsOwnGenerationOnlyAndCarriesDamageAlong() {
    Zpage page = page(900);
    codec.encode(buffer, AT, seed, RecordLayout.KIND_PAGE, 0, page);
    ByteBuffer other = ByteBuffer.allocateDirect(4096);
    long newSeed = GenerationSeed.of(FILE, 43);
    codec.copy(other, 64, newSeed, 0, buffer, AT, seed);
    assertTrue(codec.headerIntact(other, 64, 4096, newSeed));
    assertFalse(codec.headerIntact(other, 64, 4096, seed));
    Zpage back = codec.zpage(other, 64, newSeed);
    assertTrue(back != null);
    Rig.assertFound(page, new Fetched.Found(back));

    int in = AT + RecordLayout.PAYLOAD_AT + 5;
    buffer.put(in, (byte) ~buffer.get(in));
    codec.copy(other, 64, newSeed, 0, buffer, AT, seed);
    assertTrue(codec.headerIntact(other, 64, 4096, newSeed));
    assertEquals(null, codec.zpage(other, 64, newSeed));
  }

  /** The reader believes nothing: any bytes whatever are refused, and never make it throw. */
  @Test
  void noiseIsNeverARecord() {
    long noiseSeed = Long.getLong("tmem.seed", System.nanoTime());
    System.out.println("RecordCodecTest seed " + noiseSeed);
    Random random = new Random(noiseSeed);
    ByteBuffer noise = ByteBuffer.allocateDirect(4096);
    byte[] bytes = new byte[noise.capacity()];
    for (int round = 0; round < 20_000; round++) {
      int at = random.nextInt(noise.capacity() / 64) * 64;
      if (round % 2 == 0) {
        random.nextBytes(bytes);
        noise.put(0, bytes);
        noise.putInt(at, RecordLayout.MAGIC);
        assertFalse(codec.headerIntact(noise, at, noise.capacity(), seed));
      } else {
        mutated(random, noise, bytes);
      }
    }
  }

  private void mutated(Random random, ByteBuffer noise, byte[] bytes) {
    int length = 1 + random.nextInt(1000);
    codec.encode(
        noise, 0, seed, RecordLayout.KIND_PAGE, 0, Rig.page(random, new PageKey(1, 2), 3, length));
    noise.get(0, bytes);
    byte[] before = bytes.clone();
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      int at = random.nextInt(RecordLayout.PAYLOAD_AT + length);
      bytes[at] = (byte) random.nextInt(256);
    }
    noise.put(0, bytes);
    boolean accepted =
        codec.headerIntact(noise, 0, noise.capacity(), seed) && codec.zpage(noise, 0, seed) != null;
    int used = RecordLayout.PAYLOAD_AT + length;
    assertEquals(Arrays.equals(before, 0, used, bytes, 0, used), accepted);
  }

  @Test
  void anIntactHeaderWithImpossibleValuesIsRefused() {
    // Sealed with the right checksum, as a writer gone mad would.
    impossible(RecordLayout.PAYLOAD_LENGTH_AT, 65537);
    impossible(RecordLayout.PAYLOAD_LENGTH_AT, 0);
    impossible(RecordLayout.PAYLOAD_LENGTH_AT, -1);
    impossible(RecordLayout.ORIGINAL_LENGTH_AT, 0);
    impossible(RecordLayout.ORIGINAL_LENGTH_AT, 65537);
    impossible(RecordLayout.RECORD_LENGTH_AT, 64);
    impossible(RecordLayout.KIND_AT, 0x01050000);
    impossible(RecordLayout.KIND_AT, 0x06010000);
  }

  private void impossible(int field, int value) {
    codec.encode(buffer, AT, seed, RecordLayout.KIND_PAGE, 0, page(100));
    buffer.putInt(AT + field, value);
    var crc = new java.util.zip.CRC32C();
    crc.update(buffer.slice(AT, RecordLayout.HEADER_CRC_AT));
    buffer.putInt(
        AT + RecordLayout.HEADER_CRC_AT, (int) crc.getValue() ^ GenerationSeed.header(seed));
    assertFalse(codec.headerIntact(buffer, AT, buffer.capacity(), seed));
  }
}

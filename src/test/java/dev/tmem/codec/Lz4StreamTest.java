package dev.tmem.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Only where the library shows its entries for streams. */
class Lz4StreamTest {

  private final Lz4 lz4 = Lz4.best();
  private final MemorySegment packed =
      Arena.ofAuto().allocate(Lz4.bound(CodecScratch.MAX_PAGE_BYTES));
  private final MemorySegment page = Arena.ofAuto().allocate(CodecScratch.MAX_PAGE_BYTES);

  @BeforeEach
  void needsStreams() {
    assumeTrue(lz4.newStream() != null);
  }

  private static Lz4Stream stream(long longestBytes) {
    return new Lz4Stream(Lz4Library.loaded(), longestBytes);
  }

  private byte[] block(Lz4Stream stream, byte[] bytes) {
    MemorySegment.copy(bytes, 0, page, ValueLayout.JAVA_BYTE, 0, bytes.length);
    int length = stream.compress(page, bytes.length, packed, Lz4.bound(bytes.length));
    return packed.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private static List<byte[]> pages(Random random, int count) {
    List<byte[]> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int most = random.nextInt(8) == 0 ? CodecScratch.MAX_PAGE_BYTES : 6000;
      pages.add(SamplePages.any(random, 1 + random.nextInt(most)));
    }
    return pages;
  }

  @Test
  void everyBlockCanBeReadWithoutTheOthers() {
    Lz4Stream stream = stream(Lz4Stream.LONGEST_BYTES);
    for (byte[] bytes : pages(new Random(21), 400)) {
      byte[] back = new byte[bytes.length];
      byte[] block = block(stream, bytes);
      int read =
          lz4.decompress(
              ByteBuffer.wrap(block), 0, block.length, ByteBuffer.wrap(back), 0, bytes.length);
      assertEquals(bytes.length, read);
      assertArrayEquals(bytes, back);
    }
  }

  @Test
  void aBlockDoesNotDependOnThoseBefore() {
    List<byte[]> pages = pages(new Random(22), 300);
    Lz4Stream forwards = stream(Lz4Stream.LONGEST_BYTES);
    List<byte[]> blocks = pages.stream().map(bytes -> block(forwards, bytes)).toList();
    Lz4Stream backwards = stream(Lz4Stream.LONGEST_BYTES);
    Lz4Stream alwaysNew = stream(1);
    for (int i = pages.size() - 1; i >= 0; i--) {
      assertArrayEquals(blocks.get(i), block(backwards, pages.get(i)));
      assertArrayEquals(blocks.get(i), block(alwaysNew, pages.get(i)));
    }
  }

  /** Past the place where the library itself begins anew, and once more. */
  @Test
  void aLongStreamMakesWhatAShortOneDoes() {
    byte[] bytes = SamplePages.text(new Random(23), 300);
    byte[] block = block(stream(Lz4Stream.LONGEST_BYTES), bytes);
    Lz4Stream stream = stream(Lz4Stream.LONGEST_BYTES);
    for (int i = 0; i < 40_000; i++) {
      assertArrayEquals(block, block(stream, bytes));
    }
  }

  @Test
  void aBlockThatFindsNoRoomLeavesTheStreamAsNew() {
    Random random = new Random(24);
    byte[] noise = SamplePages.noise(random, 4096);
    byte[] text = SamplePages.text(random, 4096);
    byte[] block = block(stream(Lz4Stream.LONGEST_BYTES), text);
    Lz4Stream stream = stream(Lz4Stream.LONGEST_BYTES);
    MemorySegment.copy(noise, 0, page, ValueLayout.JAVA_BYTE, 0, noise.length);
    assertEquals(Lz4Stream.TOO_LONG, stream.compress(page, noise.length, packed, 100));
    assertArrayEquals(block, block(stream, text));
  }

  /** Limits all around what each page takes, so that the library gives up in all its places. */
  @Test
  void aBlockIsGivenUpOnlyIfItTakesMoreThanItMay() {
    Lz4Stream whole = stream(Lz4Stream.LONGEST_BYTES);
    Lz4Stream bounded = stream(Lz4Stream.LONGEST_BYTES);
    Random random = new Random(25);
    for (byte[] bytes : pages(random, 300)) {
      byte[] block = block(whole, bytes); // leaves the page in its place
      for (int most : new int[] {block.length + 40 - random.nextInt(80), block.length, 0}) {
        int made = bounded.compress(page, bytes.length, packed, Math.max(0, most));
        assertTrue(made == block.length || made == Lz4Stream.TOO_LONG, () -> "made " + made);
        assertTrue(made == block.length || most < block.length, () -> "gave up below " + most);
        if (made > 0) {
          assertArrayEquals(block, packed.asSlice(0, made).toArray(ValueLayout.JAVA_BYTE));
        }
      }
    }
  }
}

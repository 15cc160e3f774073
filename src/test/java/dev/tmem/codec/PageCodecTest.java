package dev.tmem.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.tmem.backend.Codec;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageCodecTest {
  private static final int MARGIN = 24;
  private static final byte MARK = 0x5A;

  private final PageCodec codec = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT);

  /** The same bytes in every kind of buffer a caller may come with, position and limit set. */
  private static List<ByteBuffer> kinds(byte[] page) {
    ByteBuffer heap = ByteBuffer.wrap(page);
    ByteBuffer inner = ByteBuffer.allocate(page.length + 20);
    inner.put(7, page).position(7).limit(7 + page.length);
    ByteBuffer direct = ByteBuffer.allocateDirect(page.length + 20).order(ByteOrder.LITTLE_ENDIAN);
    direct.put(9, page).position(9).limit(9 + page.length);
    return List.of(
        heap,
        inner,
        inner.slice(),
        inner.asReadOnlyBuffer(),
        direct,
        direct.slice(),
        direct.asReadOnlyBuffer());
  }

  private static List<ByteBuffer> targets(int length) {
    int capacity = length + 2 * MARGIN;
    return List.of(
        ByteBuffer.allocate(capacity),
        ByteBuffer.allocate(capacity + 13).slice(13, capacity).order(ByteOrder.LITTLE_ENDIAN),
        ByteBuffer.allocateDirect(capacity),
        ByteBuffer.allocateDirect(capacity + 5).slice(5, capacity).order(ByteOrder.LITTLE_ENDIAN));
  }

  private static void mark(ByteBuffer target) {
    for (int i = 0; i < target.capacity(); i++) {
      target.put(i, MARK);
    }
  }

  /** What lies between the margins; the margins must be as they were. */
  private static byte[] between(ByteBuffer target) {
    int end = target.capacity() - MARGIN;
    for (int i = 0; i < MARGIN; i++) {
      assertEquals(MARK, target.get(i));
      assertEquals(MARK, target.get(end + i));
    }
    byte[] bytes = new byte[end - MARGIN];
    target.get(MARGIN, bytes);
    return bytes;
  }

  private static byte[] kept(CodecScratch scratch) {
    byte[] bytes = new byte[scratch.length()];
    scratch.bytes().get(0, bytes);
    return bytes;
  }

  private static void roundTrip(PageCodec codec, byte[] page) {
    for (ByteBuffer source : kinds(page)) {
      int position = source.position();
      int limit = source.limit();
      try (CodecScratch scratch = codec.acquire()) {
        scratch.compress(source);
        assertEquals(position, source.position());
        assertEquals(limit, source.limit());
        assertEquals(page.length, scratch.originalLength());
        assertTrue(scratch.length() <= Math.max(page.length, Long.BYTES));
        for (ByteBuffer target : targets(page.length)) {
          mark(target);
          int read =
              codec.decompress(
                  scratch.codec(),
                  scratch.bytes(),
                  0,
                  scratch.length(),
                  target,
                  MARGIN,
                  page.length);
          assertEquals(page.length, read);
          assertArrayEquals(page, between(target));
        }
      }
    }
  }

  @Test
  void everyKindOfBufferAndSizeComesBackWhole() {
    Random random = new Random(11);
    int[] sizes = {1, 7, 8, 9, 12, 13, 255, 1024, 4088, 4095, 4096, 4097, 16384, 65535, 65536};
    for (int size : sizes) {
      roundTrip(codec, SamplePages.noise(random, size));
      roundTrip(codec, SamplePages.text(random, size));
      roundTrip(codec, new byte[size]);
    }
    for (int i = 0; i < 300; i++) {
      roundTrip(codec, SamplePages.any(random, 1 + random.nextInt(6000)));
    }
  }

  @Test
  void pureJavaReadsAndWritesTheSameFormat() {
    PageCodec java = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT, Lz4.pureJava());
    assertFalse(java.isNative());
    Random random = new Random(12);
    for (int size : new int[] {1, 100, 4096, 65536}) {
      roundTrip(java, SamplePages.text(random, size));
    }
    byte[] page = SamplePages.text(random, 4096);
    crossRead(codec, java, page);
    crossRead(java, codec, page);
  }

  @Test
  void withoutStreamsItReadsAndWritesTheSameFormat() {
    assumeTrue(codec.isNative());
    PageCodec plain = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT, Lz4.plainNative());
    Random random = new Random(15);
    for (int size : new int[] {1, 100, 4096, 65536}) {
      roundTrip(plain, SamplePages.text(random, size));
    }
    byte[] page = SamplePages.text(random, 4096);
    crossRead(codec, plain, page);
    crossRead(plain, codec, page);
  }

  private static void crossRead(PageCodec writer, PageCodec reader, byte[] page) {
    try (CodecScratch scratch = writer.acquire()) {
      scratch.compress(ByteBuffer.wrap(page));
      assertSame(Codec.LZ4, scratch.codec());
      byte[] back = new byte[page.length];
      reader.decompress(
          Codec.LZ4, scratch.bytes(), 0, scratch.length(), ByteBuffer.wrap(back), 0, page.length);
      assertArrayEquals(page, back);
    }
  }

  @Test
  void aPageOfEqualWordsIsKeptAsTheWord() {
    byte[] page = new byte[4096];
    for (int i = 0; i < page.length; i++) {
      page[i] = (byte) (0x10 + i % 8);
    }
    try (CodecScratch scratch = codec.acquire()) {
      scratch.compress(ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN));
      assertSame(Codec.SAME, scratch.codec());
      assertEquals(0x1011121314151617L, scratch.sameWord());
      assertArrayEquals(Arrays.copyOf(page, 8), kept(scratch));
      for (ByteBuffer target : targets(page.length)) {
        mark(target);
        PageCodec.fill(scratch.sameWord(), target, MARGIN, page.length);
        assertArrayEquals(page, between(target));
      }
    }
  }

  @Test
  void oneDifferentByteAnywhereIsNotSameFilled() {
    for (int at = 0; at < 256; at++) {
      byte[] page = new byte[256];
      page[at] = 1;
      try (CodecScratch scratch = codec.acquire()) {
        scratch.compress(ByteBuffer.wrap(page));
        assertSame(Codec.LZ4, scratch.codec());
        assertThrows(IllegalStateException.class, scratch::sameWord);
      }
    }
  }

  @Test
  void onlyWholeWordsAreSameFilled() {
    try (CodecScratch scratch = codec.acquire()) {
      scratch.compress(ByteBuffer.wrap(new byte[4095]));
      assertSame(Codec.LZ4, scratch.codec());
      scratch.compress(ByteBuffer.wrap(new byte[8]));
      assertSame(Codec.SAME, scratch.codec());
    }
  }

  @Test
  void theShareDecidesWhatIsKeptRaw() {
    byte[] page = SamplePages.noise(new Random(13), 4096);
    Arrays.fill(page, 0, 2048, (byte) 3);
    int stored;
    try (CodecScratch scratch = new PageCodec(100).acquire()) {
      scratch.compress(ByteBuffer.wrap(page));
      assertSame(Codec.LZ4, scratch.codec());
      stored = scratch.length();
    }
    int percent = (stored * 100 + page.length - 1) / page.length;
    assertKind(Codec.LZ4, percent, page);
    assertKind(Codec.RAW, percent - 1, page);
    assertKind(Codec.RAW, 0, page);
    assertKind(Codec.RAW, 100, SamplePages.noise(new Random(14), 4096));
    assertThrows(IllegalArgumentException.class, () -> new PageCodec(101));
    assertThrows(IllegalArgumentException.class, () -> new PageCodec(-1));
  }

  private static void assertKind(Codec expected, int percent, byte[] page) {
    try (CodecScratch scratch = new PageCodec(percent).acquire()) {
      scratch.compress(ByteBuffer.wrap(page));
      assertSame(expected, scratch.codec(), percent + " %");
      if (expected == Codec.RAW) {
        assertArrayEquals(page, kept(scratch));
      }
    }
  }

  @Test
  void emptyAndOverlongPagesAreRefusedByName() {
    try (CodecScratch scratch = codec.acquire()) {
      assertThrows(IllegalArgumentException.class, () -> scratch.compress(ByteBuffer.allocate(0)));
      assertThrows(
          IllegalArgumentException.class, () -> scratch.compress(ByteBuffer.allocate(65537)));
    }
  }

  @Test
  void wrongRangesAndTargetsThrowAndWriteNothing() {
    ByteBuffer src = ByteBuffer.allocate(100);
    ByteBuffer into = ByteBuffer.allocate(100).limit(50);
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> codec.decompress(Codec.RAW, src, 60, 41, into, 0, 41));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> codec.decompress(Codec.RAW, src, 0, 51, into, 0, 51));
    for (Codec kind : Codec.values()) {
      assertThrows(
          ReadOnlyBufferException.class,
          () -> codec.decompress(kind, src, 0, 8, into.asReadOnlyBuffer(), 0, 8),
          kind.name());
    }
    assertThrows(IllegalArgumentException.class, () -> PageCodec.fill(1, into, 0, 9));
  }

  @Test
  void truncatedBytesAreDamageAndLeaveZeros() {
    byte[] page = SamplePages.text(new Random(15), 4096);
    try (CodecScratch scratch = codec.acquire()) {
      scratch.compress(ByteBuffer.wrap(page));
      assertSame(Codec.LZ4, scratch.codec());
      for (int length = 0; length < scratch.length(); length++) {
        for (ByteBuffer target : targets(page.length)) {
          assertDamaged(Codec.LZ4, scratch.bytes(), length, target, page.length);
        }
      }
      ByteBuffer target = targets(page.length + 1).getFirst();
      assertDamaged(Codec.LZ4, scratch.bytes(), scratch.length(), target, page.length + 1);
      target = targets(page.length - 1).getFirst();
      assertDamaged(Codec.LZ4, scratch.bytes(), scratch.length(), target, page.length - 1);
    }
  }

  @Test
  void wrongLengthsOfRawAndSameAreDamage() {
    ByteBuffer src = ByteBuffer.wrap(SamplePages.noise(new Random(16), 128));
    for (ByteBuffer target : targets(64)) {
      assertDamaged(Codec.RAW, src, 63, target, 64);
      assertDamaged(Codec.RAW, src, 65, target, 64);
      assertDamaged(Codec.SAME, src, 7, target, 64);
      assertDamaged(Codec.SAME, src, 9, target, 64);
    }
    assertDamaged(Codec.SAME, src, 8, targets(63).getFirst(), 63);
  }

  private void assertDamaged(
      Codec kind, ByteBuffer src, int length, ByteBuffer target, int originalLength) {
    mark(target);
    assertEquals(-1, codec.decompress(kind, src, 0, length, target, MARGIN, originalLength));
    assertArrayEquals(new byte[originalLength], between(target));
  }

  @Test
  void flippedBytesNeverReachBeyondTheTarget() {
    Random random = new Random(17);
    byte[] page = SamplePages.text(random, 4096);
    try (CodecScratch scratch = codec.acquire()) {
      scratch.compress(ByteBuffer.wrap(page));
      byte[] kept = kept(scratch);
      int found = 0;
      for (int round = 0; round < 4000; round++) {
        byte[] damaged = kept.clone();
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
          damaged[random.nextInt(damaged.length)] ^= (byte) (1 + random.nextInt(255));
        }
        ByteBuffer target = targets(page.length).get(round % 4);
        mark(target);
        int read =
            codec.decompress(
                Codec.LZ4,
                ByteBuffer.wrap(damaged),
                0,
                damaged.length,
                target,
                MARGIN,
                page.length);
        byte[] result = between(target);
        if (read == -1) {
          found++;
          assertArrayEquals(new byte[page.length], result);
        } else {
          assertEquals(page.length, read);
        }
      }
      assertTrue(found > 0, "no flip was found out in 4000");
    }
  }

  @Test
  void nothingIsAllocatedInSteadyState() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Random random = new Random(18);
    byte[][] pages = new byte[64][];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = SamplePages.any(random, 4096);
    }
    ByteBuffer source = ByteBuffer.allocate(4096);
    ByteBuffer into = ByteBuffer.allocateDirect(4096);
    churn(pages, source, into, 20_000);
    long before = threads.getCurrentThreadAllocatedBytes();
    churn(pages, source, into, 20_000);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(bytes < 20_000, bytes + " bytes were allocated in 20,000 round trips");
  }

  private void churn(byte[][] pages, ByteBuffer source, ByteBuffer into, int rounds) {
    for (int i = 0; i < rounds; i++) {
      source.put(0, pages[i % pages.length]);
      try (CodecScratch scratch = codec.acquire()) {
        scratch.compress(source);
        int read =
            codec.decompress(scratch.codec(), scratch.bytes(), 0, scratch.length(), into, 0, 4096);
        assertEquals(4096, read);
      }
    }
  }
}

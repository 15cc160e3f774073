package dev.tmem.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * LZ4 blocks without a frame, by the native library where it loads and by the pure Java one
 * elsewhere; both write the same format. Immutable.
 *
 * <p>Only the decompressor that checks its bounds is used: what it is given may be damaged.
 */
final class Lz4 {
  private static final Logger log = LoggerFactory.getLogger(Lz4.class);

  /** A page to try streams with, and how often: a stream's first block is not like the others. */
  private static final int SAMPLE_BYTES = 4096;

  private static final int SAMPLE_BLOCKS = 3;

  /**
   * The level of LZ4-HC for pages that travel. The higher ones take longer and gain next to
   * nothing, the lower one saves half as much in half the time.
   */
  private static final int TRAVEL_LEVEL = 3;

  private final LZ4Factory factory;
  private final LZ4Compressor compressor;
  private final LZ4Compressor hardCompressor;
  private final LZ4Compressor travelCompressor;
  private final LZ4SafeDecompressor decompressor;
  private final boolean isNative;

  /** Null: there are no streams. */
  private final @Nullable Lz4Library library;

  private Lz4(LZ4Factory factory, boolean isNative, @Nullable Lz4Library library) {
    this.factory = factory;
    this.compressor = factory.fastCompressor();
    this.hardCompressor = factory.highCompressor();
    this.travelCompressor = factory.highCompressor(TRAVEL_LEVEL);
    this.decompressor = factory.safeDecompressor();
    this.isNative = isNative;
    this.library = library;
  }

  /** The best one this platform has; the search is made once, and a second best is logged once. */
  static Lz4 best() {
    return Best.LZ4;
  }

  /** The pure Java one, which every platform has. */
  static Lz4 pureJava() {
    return new Lz4(LZ4Factory.safeInstance(), false, null);
  }

  /** The native one as lz4-java offers it, without streams; throws if it does not load. */
  static Lz4 plainNative() {
    return new Lz4(LZ4Factory.nativeInstance(), true, null);
  }

  /** The most bytes that a page of that length can compress to. */
  static int bound(int length) {
    return length + length / 255 + 16;
  }

  boolean isNative() {
    return isNative;
  }

  /** A stream of its own for a scratch, quicker than {@link #compress}; null: there is none. */
  @Nullable Lz4Stream newStream() {
    return library == null ? null : new Lz4Stream(library);
  }

  /**
   * @param to room for {@link #bound} of the length: with less, the library would throw for a page
   *     that does not shrink, which is no exception at all
   * @return bytes written from 0
   */
  int compress(ByteBuffer from, int length, ByteBuffer to) {
    return compressor.compress(from, 0, length, to, 0, to.capacity());
  }

  /** {@link #compress}, but as small as LZ4-HC makes it, which takes some ten times as long. */
  int compressHard(ByteBuffer from, int length, ByteBuffer to) {
    return hardCompressor.compress(from, 0, length, to, 0, to.capacity());
  }

  /** {@link #compress}, but smaller, which takes a few times as long. */
  int compressToTravel(ByteBuffer from, int length, ByteBuffer to) {
    return travelCompressor.compress(from, 0, length, to, 0, to.capacity());
  }

  /**
   * @return bytes written, at most {@code room}; -1 if the block is damaged, and then any of the
   *     room may have been written to
   */
  int decompress(ByteBuffer from, int at, int length, ByteBuffer to, int toAt, int room) {
    try {
      return decompressor.decompress(from, at, length, to, toAt, room);
    } catch (LZ4Exception damaged) {
      log.debug("a zpage of {} bytes does not decompress: {}", length, damaged.getMessage());
      return -1;
    }
  }

  /**
   * Whether the stream makes blocks that lz4-java reads: what the loader has under the names of its
   * entries may come from another library.
   */
  private boolean reads(Lz4Stream stream) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(SAMPLE_BYTES);
      for (int i = 0; i < SAMPLE_BYTES; i++) {
        page.set(ValueLayout.JAVA_BYTE, i, (byte) (i / 3 ^ i % 7));
      }
      MemorySegment packed = arena.allocate(bound(SAMPLE_BYTES));
      ByteBuffer back = ByteBuffer.allocate(SAMPLE_BYTES);
      boolean same = true;
      for (int i = 0; i < SAMPLE_BLOCKS; i++) {
        int length = stream.compress(page, SAMPLE_BYTES, packed, bound(SAMPLE_BYTES));
        int read = decompress(packed.asByteBuffer(), 0, length, back, 0, SAMPLE_BYTES);
        same &= read == SAMPLE_BYTES && MemorySegment.ofBuffer(back).mismatch(page) < 0;
      }
      return same;
    }
  }

  private static final class Best {
    static final Lz4 LZ4 = load();

    private static Lz4 load() {
      Lz4 plain;
      try {
        plain = plainNative();
      } catch (LinkageError | RuntimeException cannot) {
        log.warn("native LZ4 does not load ({}); pages are compressed by slower Java code", cannot);
        return pureJava();
      }
      try {
        Lz4Library library = Lz4Library.loaded();
        if (plain.reads(new Lz4Stream(library))) {
          return new Lz4(plain.factory, true, library);
        }
        log.warn("LZ4 is called by way of lz4-java: streams make what it does not read");
      } catch (LinkageError | RuntimeException cannot) {
        log.info("LZ4 is called by way of lz4-java, without streams: {}", cannot.toString());
      }
      return plain;
    }
  }
}

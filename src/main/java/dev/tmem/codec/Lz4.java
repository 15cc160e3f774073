package dev.tmem.codec;

import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
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

  private final LZ4Compressor compressor;
  private final LZ4Compressor hardCompressor;
  private final LZ4SafeDecompressor decompressor;
  private final boolean isNative;

  private Lz4(LZ4Factory factory, boolean isNative) {
    this.compressor = factory.fastCompressor();
    this.hardCompressor = factory.highCompressor();
    this.decompressor = factory.safeDecompressor();
    this.isNative = isNative;
  }

  /** The best one this platform has; the search is made once, and a second best is logged once. */
  static Lz4 best() {
    return Best.LZ4;
  }

  /** The pure Java one, which every platform has. */
  static Lz4 pureJava() {
    return new Lz4(LZ4Factory.safeInstance(), false);
  }

  /** The most bytes that a page of that length can compress to. */
  static int bound(int length) {
    return length + length / 255 + 16;
  }

  boolean isNative() {
    return isNative;
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

  private static final class Best {
    static final Lz4 LZ4 = load();

    private static Lz4 load() {
      try {
        return new Lz4(LZ4Factory.nativeInstance(), true);
      } catch (LinkageError | RuntimeException cannot) {
        log.warn("native LZ4 does not load ({}); pages are compressed by slower Java code", cannot);
        return pureJava();
      }
    }
  }
}

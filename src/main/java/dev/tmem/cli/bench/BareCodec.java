package dev.tmem.cli.bench;

import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * LZ4 as the library gives it, from direct to direct buffer: what everything is measured against,
 * and what contestants without compression of their own are given. Confined to one thread.
 */
public final class BareCodec {

  private static final int PAGE_BYTES = Corpus.PAGE_BYTES;

  /** Of LZ4-HC. */
  private static final int TRAVEL_LEVEL = 3;

  private final LZ4Compressor compressor;
  private final LZ4SafeDecompressor decompressor;
  private final ByteBuffer packed;

  public BareCodec() {
    this(factory().fastCompressor());
  }

  private BareCodec(LZ4Compressor compressor) {
    LZ4Factory factory = factory();
    this.compressor = compressor;
    decompressor = factory.safeDecompressor();
    packed = ByteBuffer.allocateDirect(compressor.maxCompressedLength(PAGE_BYTES));
  }

  /** One that makes what travels between nodes that share a cache. */
  static BareCodec forTravel() {
    return new BareCodec(factory().highCompressor(TRAVEL_LEVEL));
  }

  /** Where the native library does not load, the pool takes the Java one too. */
  private static LZ4Factory factory() {
    try {
      return LZ4Factory.nativeInstance();
    } catch (LinkageError | RuntimeException cannot) {
      return LZ4Factory.safeInstance();
    }
  }

  /** Compresses a page into {@link #packed}; its length. */
  public int compress(ByteBuffer pages, int at) {
    return compressor.compress(pages, at, PAGE_BYTES, packed, 0, packed.capacity());
  }

  /** What was compressed last, from 0; reused. */
  public ByteBuffer packed() {
    return packed;
  }

  /** Restores a page from a buffer of any kind; its length. */
  public int decompress(ByteBuffer from, int at, int length, ByteBuffer into, int intoAt) {
    return decompressor.decompress(from, at, length, into, intoAt, PAGE_BYTES);
  }
}

package dev.tmem.codec;

import dev.tmem.backend.Codec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Compresses pages in a process that was started such that the native library does not load. */
final class PureJavaProcess {

  private static final int PAGES = 200;

  private PureJavaProcess() {}

  /** Tells which codec it has, and how many pages came back as they were. */
  public static void main(String[] args) {
    PageCodec codec = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT);
    PageCodec another = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT);
    System.out.println("native " + (codec.isNative() || another.isNative()));
    Random random = new Random(51);
    int compressed = 0;
    int right = 0;
    for (int i = 0; i < PAGES; i++) {
      byte[] page = SamplePages.any(random, 4096);
      ByteBuffer back = ByteBuffer.allocate(page.length);
      try (CodecScratch scratch = codec.acquire()) {
        scratch.compress(ByteBuffer.wrap(page));
        compressed += scratch.codec() == Codec.LZ4 ? 1 : 0;
        another.decompress(
            scratch.codec(), scratch.bytes(), 0, scratch.length(), back, 0, page.length);
      }
      right += Arrays.equals(page, back.array()) ? 1 : 0;
    }
    System.out.println("compressed " + (compressed > 0));
    System.out.println("right " + right + " of " + PAGES);
  }
}

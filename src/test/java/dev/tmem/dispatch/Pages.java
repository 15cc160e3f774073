package dev.tmem.dispatch;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Contents that are a function of area, offset and version, so that a page that is stale, lost or
 * misplaced gives itself away. About half of a page compresses.
 */
public final class Pages {

  private Pages() {}

  /** A page of that many bytes. Every seventh version is same-filled, if it can be. */
  public static byte[] of(int area, long offset, long version, int length) {
    byte[] bytes = new byte[length];
    if (version % 7 == 3 && length % 8 == 0) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      long word = area * 1_000_003L + offset * 31 + version;
      while (buffer.hasRemaining()) {
        buffer.putLong(word);
      }
      return bytes;
    }
    SplittableRandom random =
        new SplittableRandom(area * 7_919L + offset * 104_729L + version * 15_485_863L);
    int noise = (int) (length * (0.1 + 0.8 * random.nextDouble()));
    for (int i = 0; i < noise; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    byte[] header =
        (area + "/" + offset + "/" + version + ";")
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    System.arraycopy(header, 0, bytes, 0, Math.min(header.length, length));
    return bytes;
  }
}

package dev.tmem.codec;

import dev.tmem.backend.Codec;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a packed page says of itself. Immutable.
 *
 * @param at where the zpage begins
 * @param length of the zpage: no more than the page, so that it fits wherever the page does
 */
record PackedHead(Codec codec, int originalLength, int at, int length) {

  /**
   * Reads it from position to limit of a buffer; null: it is no packed page of at most {@code
   * maxBytes}.
   */
  static @Nullable PackedHead read(ByteBuffer packed, int maxBytes) {
    int from = packed.position();
    int length = packed.limit() - from - PackedPageLayout.ZPAGE;
    if (length < 1 || packed.get(from + PackedPageLayout.CODEC) > Codec.SAME.number()) {
      return null;
    }
    int number = packed.get(from + PackedPageLayout.CODEC);
    if (number < 0) {
      return null;
    }
    Codec codec = Codec.of(number);
    int high = packed.get(from + PackedPageLayout.LENGTH_LESS_1) & 0xFF;
    int low = packed.get(from + PackedPageLayout.LENGTH_LESS_1 + 1) & 0xFF;
    int original = (high << 8 | low) + 1;
    boolean fits =
        switch (codec) {
          case RAW -> length == original;
          case LZ4 -> length < original;
          case SAME -> length == Long.BYTES && original % Long.BYTES == 0;
        };
    return fits && original <= maxBytes
        ? new PackedHead(codec, original, from + PackedPageLayout.ZPAGE, length)
        : null;
  }

  /** An array with the head, and room for the zpage behind it. */
  static byte[] array(Codec codec, int originalLength, int length) {
    byte[] packed = new byte[PackedPageLayout.ZPAGE + length];
    packed[PackedPageLayout.CODEC] = codec.number();
    packed[PackedPageLayout.LENGTH_LESS_1] = (byte) ((originalLength - 1) >>> 8);
    packed[PackedPageLayout.LENGTH_LESS_1 + 1] = (byte) (originalLength - 1);
    return packed;
  }
}

package dev.tmem.dispatch;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import dev.tmem.codec.CodecScratch;
import java.nio.ByteBuffer;

/**
 * A compressed page that has to wait for its place. Immutable; no epoch yet.
 *
 * @param codec of the bytes
 * @param originalLength bytes of the page
 * @param bytes of the zpage; eight for a same-filled page
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Compressed(Codec codec, int originalLength, byte[] bytes) {

  static Compressed copyOf(CodecScratch scratch) {
    byte[] bytes;
    if (scratch.codec() == Codec.SAME) {
      bytes = ByteBuffer.allocate(Long.BYTES).putLong(scratch.sameWord()).array();
    } else {
      bytes = new byte[scratch.length()];
      scratch.bytes().get(0, bytes);
    }
    return new Compressed(scratch.codec(), scratch.originalLength(), bytes);
  }

  Zpage zpage(PageKey key, long epoch) {
    return Zpage.of(key, epoch, codec, originalLength, bytes);
  }
}

package dev.tmem.dispatch;

import dev.tmem.backend.Codec;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.RamBackend;
import dev.tmem.backend.Zpage;
import dev.tmem.codec.CodecScratch;
import java.nio.ByteBuffer;

/**
 * How a zpage lies in a RAM backend: as it is, but for pages shorter than the page size, which keep
 * their length behind it.
 *
 * <pre>
 *   full page         | zpage ......................... |
 *   short page, raw   | page .......................... |   its length is the page's
 *   short page, else  | zpage ............... | len u16 |   big-endian, 1 to 65535
 * </pre>
 *
 * A full page of one repeated word has no such form: the slot keeps the word.
 */
final class RamForm {

  /** {@link #finish}: the slot's handle is to be the content. */
  static final int IN_SLOT = 0;

  private static final int LENGTH_BYTES = 2;

  private RamForm() {}

  /** Whether the slot's handle itself is the content. */
  static boolean isInSlot(Codec codec, int originalLength, int pageSize) {
    return codec == Codec.SAME && originalLength == pageSize;
  }

  /**
   * Writes the length behind the zpage in the scratch, if it needs one.
   *
   * @return bytes to put, from 0 of {@code scratch.bytes()}, or {@link #IN_SLOT}
   */
  static int finish(CodecScratch scratch, int pageSize) {
    if (isInSlot(scratch.codec(), scratch.originalLength(), pageSize)) {
      return IN_SLOT;
    }
    ByteBuffer bytes = scratch.bytes();
    int length = scratch.length();
    if (scratch.codec() == Codec.SAME) {
      bytes.putLong(0, scratch.sameWord());
      length = Long.BYTES;
    }
    if (!hasLength(scratch.codec(), scratch.originalLength() < pageSize)) {
      return length;
    }
    bytes.putShort(length, (short) scratch.originalLength());
    return length + LENGTH_BYTES;
  }

  /**
   * The word, without an epoch, of a slot for what the scratch holds, referenced once.
   *
   * @param length as {@link #finish} returned it
   */
  static long word(RegisteredBackend ram, CodecScratch scratch, int length, int pageSize) {
    int ordinal = length == IN_SLOT ? SlotWord.NOWHERE : ram.ordinal;
    boolean isShort = scratch.originalLength() < pageSize;
    long word = SlotWord.of(0, ordinal, SlotWord.PRESENT, scratch.codec(), isShort);
    return SlotWord.withReferences(word, 1);
  }

  /** The RAM form of a zpage that came from elsewhere. */
  static ByteBuffer of(Zpage zpage, int pageSize) {
    if (!hasLength(zpage.codec(), zpage.originalLength() < pageSize)) {
      return ByteBuffer.wrap(zpage.bytes());
    }
    return ByteBuffer.allocate(zpage.length() + LENGTH_BYTES)
        .put(zpage.bytes())
        .putShort((short) zpage.originalLength())
        .flip();
  }

  /** Copies the zpage out of RAM; the caller holds the lock that keeps the handle valid. */
  static Zpage copyOut(RamBackend ram, PageKey key, long word, long handle, int pageSize) {
    byte[] bytes = new byte[zpageLength(ram, word, handle)];
    ram.buffer(handle).get(ram.position(handle), bytes);
    int original = originalLength(ram, word, handle, pageSize);
    return Zpage.of(key, SlotWord.epoch(word), SlotWord.codec(word), original, bytes);
  }

  /** Bytes of the zpage, without what stands behind it. */
  static int zpageLength(RamBackend ram, long word, long handle) {
    boolean isShort = SlotWord.has(word, SlotWord.SHORT);
    return ram.length(handle) - (hasLength(SlotWord.codec(word), isShort) ? LENGTH_BYTES : 0);
  }

  /** Bytes of the page when decompressed. */
  static int originalLength(RamBackend ram, long word, long handle, int pageSize) {
    if (!SlotWord.has(word, SlotWord.SHORT)) {
      return pageSize;
    }
    int length = ram.length(handle);
    if (SlotWord.codec(word) == Codec.RAW) {
      return length;
    }
    int at = ram.position(handle) + length - LENGTH_BYTES;
    return Short.toUnsignedInt(ram.buffer(handle).getShort(at));
  }

  private static boolean hasLength(Codec codec, boolean isShort) {
    return isShort && codec != Codec.RAW;
  }
}

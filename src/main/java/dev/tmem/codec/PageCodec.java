package dev.tmem.codec;

import dev.tmem.backend.Codec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Turns pages into the bytes that are kept of them, and back. Thread-safe: its callers share
 * nothing but the pool of scratches and the limit, a volatile number.
 *
 * <p>A page of whole 8-byte words that are all equal becomes that word ({@link Codec#SAME}); a page
 * that LZ4 brings down to {@code maxStoredPercent} of its length or less becomes an LZ4 block;
 * every other is kept raw, since what it would save is not worth the decompression.
 */
public final class PageCodec {
  /** Above this share of a page, in percent, compression does not pay. */
  public static final int DEFAULT_MAX_STORED_PERCENT = 73;

  /** Of pages that travel: even little that is saved is saved on the way and at every reader. */
  static final int PACKED_PERCENT = 97;

  private final Lz4 lz4;
  private final StoredLimit limit;
  private final ScratchPool scratches;

  /**
   * @param maxStoredPercent 0 (keep all raw) to 100 (take whatever gets smaller at all)
   */
  public PageCodec(int maxStoredPercent) {
    this(maxStoredPercent, Lz4.best());
  }

  PageCodec(int maxStoredPercent, Lz4 lz4) {
    this.lz4 = lz4;
    this.limit = new StoredLimit(maxStoredPercent);
    this.scratches = new ScratchPool(lz4, limit);
  }

  /** A scratch to compress a page in; close it when the bytes are no longer needed. */
  public CodecScratch acquire() {
    return scratches.acquire();
  }

  /** The share of a page, in percent, above which it is kept raw. */
  public int maxStoredPercent() {
    return limit.percent();
  }

  /**
   * Changes that share for what is compressed from now on.
   *
   * @param maxStoredPercent 0 (keep all raw) to 100 (take whatever gets smaller at all)
   */
  public void setMaxStoredPercent(int maxStoredPercent) {
    limit.set(maxStoredPercent);
  }

  /**
   * Restores a page into the scratch, for {@link CodecScratch#compressHard}. Parameters are those
   * of {@link #decompress}.
   *
   * @param scratch acquired by the caller
   * @return false: the zpage is damaged, and what the scratch holds is nothing
   */
  public boolean restore(
      CodecScratch scratch, Codec codec, ByteBuffer src, int at, int length, int originalLength) {
    ByteBuffer page = scratch.pageOf(originalLength);
    return decompress(codec, src, at, length, page, 0, originalLength) >= 0;
  }

  // ---- Pages that travel

  /**
   * Makes of a page what travels to a node that keeps it, and to those that read it there. It takes
   * its time, since that is done once.
   *
   * @param page 1 to {@link CodecScratch#MAX_PAGE_BYTES} bytes from position to limit, which are
   *     not changed
   */
  public byte[] pack(ByteBuffer page) {
    return pack(page, CodecScratch::compressToTravel);
  }

  /** As {@link #pack}, sooner and not as small. */
  public byte[] packQuickly(ByteBuffer page) {
    return pack(page, CodecScratch::compressQuickly);
  }

  /** A way to compress a page. */
  private interface Compression {
    void compress(CodecScratch scratch, ByteBuffer page, int maxStoredPercent);
  }

  private byte[] pack(ByteBuffer page, Compression compression) {
    try (CodecScratch scratch = acquire()) {
      compression.compress(scratch, page, PACKED_PERCENT);
      if (scratch.codec() == Codec.SAME) {
        return packedWord(scratch.sameWord(), scratch.originalLength());
      }
      return packed(
          scratch.codec(), scratch.originalLength(), scratch.bytes(), 0, scratch.length());
    }
  }

  /** A packed page out of a zpage that is kept; places are absolute. */
  public static byte[] packed(
      Codec codec, int originalLength, ByteBuffer zpage, int at, int length) {
    byte[] packed = PackedHead.array(codec, originalLength, length);
    zpage.get(at, packed, PackedPageLayout.ZPAGE, length);
    return packed;
  }

  /** A packed page of one repeated word, its first byte the most significant. */
  public static byte[] packedWord(long word, int originalLength) {
    byte[] packed = PackedHead.array(Codec.SAME, originalLength, Long.BYTES);
    ByteBuffer.wrap(packed).putLong(PackedPageLayout.ZPAGE, word);
    return packed;
  }

  /**
   * Restores what {@link #pack} has made.
   *
   * @param packed from position to limit, which are not changed
   * @param maxBytes of the page
   * @return null: it is damaged, or no packed page of at most so many bytes
   */
  public byte @Nullable [] unpack(ByteBuffer packed, int maxBytes) {
    PackedHead head = PackedHead.read(packed, maxBytes);
    if (head == null) {
      return null;
    }
    int bytes = head.originalLength();
    byte[] page = new byte[bytes];
    ByteBuffer into = ByteBuffer.wrap(page);
    int restored = decompress(head.codec(), packed, head.at(), head.length(), into, 0, bytes);
    return restored == bytes ? page : null;
  }

  /** Whether the native library does the work. */
  public boolean isNative() {
    return lz4.isNative();
  }

  /** Off-heap bytes of the scratches; they grow to the page sizes in use and stay. */
  public long scratchBytes() {
    return scratches.heldBytes();
  }

  ScratchPool scratches() {
    return scratches;
  }

  /**
   * Restores a page. All places are absolute; neither buffer's position, limit or order is used or
   * changed, except that no byte at or beyond a limit is touched. The buffers must not overlap.
   *
   * @param length bytes of the zpage in {@code src}, from {@code at}
   * @param originalLength bytes of the page, 1 to {@link CodecScratch#MAX_PAGE_BYTES}
   * @return {@code originalLength}; or -1 if the zpage is damaged, and then the whole target range
   *     is zero. No byte outside of it is written in either case.
   * @throws IndexOutOfBoundsException if a range does not lie within its buffer
   * @throws java.nio.ReadOnlyBufferException if {@code into} is read-only
   */
  public int decompress(
      Codec codec,
      ByteBuffer src,
      int at,
      int length,
      ByteBuffer into,
      int intoAt,
      int originalLength) {
    Objects.checkFromIndexSize(at, length, src.limit());
    Objects.checkFromIndexSize(intoAt, originalLength, into.limit());
    boolean whole =
        switch (codec) {
          case RAW -> copy(src, at, length, into, intoAt, originalLength);
          case SAME -> refill(src, at, length, into, intoAt, originalLength);
          case LZ4 ->
              length > 0
                  && lz4.decompress(src, at, length, into, intoAt, originalLength)
                      == originalLength;
        };
    if (whole) {
      return originalLength;
    }
    clear(into, intoAt, originalLength);
    return -1;
  }

  private static boolean copy(
      ByteBuffer src, int at, int length, ByteBuffer into, int intoAt, int originalLength) {
    if (length != originalLength) {
      return false;
    }
    into.put(intoAt, src, at, length);
    return true;
  }

  private static boolean refill(
      ByteBuffer src, int at, int length, ByteBuffer into, int intoAt, int originalLength) {
    if (length != Long.BYTES || (originalLength & (Long.BYTES - 1)) != 0) {
      return false;
    }
    fill(bigEndian(src, src.getLong(at)), into, intoAt, originalLength);
    return true;
  }

  /**
   * Fills a range with a word, its most significant byte first whatever the buffer's order.
   *
   * @param length a multiple of 8
   */
  public static void fill(long word, ByteBuffer into, int at, int length) {
    Objects.checkFromIndexSize(at, length, into.limit());
    if ((length & (Long.BYTES - 1)) != 0) {
      throw new IllegalArgumentException("length " + length + " is not a multiple of 8");
    }
    long ordered = bigEndian(into, word);
    for (int end = at + length; at < end; at += Long.BYTES) {
      into.putLong(at, ordered);
    }
  }

  private static long bigEndian(ByteBuffer buffer, long word) {
    return buffer.order() == ByteOrder.BIG_ENDIAN ? word : Long.reverseBytes(word);
  }

  private static void clear(ByteBuffer into, int at, int length) {
    for (int end = at + length; at < end; at++) {
      into.put(at, (byte) 0);
    }
  }
}

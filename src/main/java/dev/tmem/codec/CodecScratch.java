package dev.tmem.codec;

import dev.tmem.backend.Codec;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Private memory in which one page is turned into the bytes to keep of it.
 *
 * <p>Invariants: {@code page} holds what was seen of the caller's page in one pass, and everything
 * later (the same-filled check, compression, {@link #bytes}) looks at that copy alone; {@code
 * packed} has room for the worst that LZ4 can make of a full {@code page}.
 *
 * <p>Confined to whoever acquired it, from {@link PageCodec#acquire} to {@link #close}; it must be
 * closed exactly once, and nothing of it used afterwards. {@code taken} alone is shared.
 */
public final class CodecScratch implements AutoCloseable {
  /** The longest page, in bytes. */
  public static final int MAX_PAGE_BYTES = 1 << 16;

  private static final int FIRST_PAGE_BYTES = 1 << 12;
  private static final VarHandle TAKEN;

  static {
    try {
      TAKEN = MethodHandles.lookup().findVarHandle(CodecScratch.class, "taken", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Lz4 lz4;
  private final StoredLimit limit;
  private final LongAdder heldBytes;

  /** 1 while someone has it. By {@link #TAKEN} only: acquire on taking, release on giving back. */
  @SuppressWarnings("unused")
  private int taken;

  private ByteBuffer page = ByteBuffer.allocateDirect(0);
  private ByteBuffer packed = page;

  /** The same memory as that of the buffers, for the stream. */
  private MemorySegment pageMemory = MemorySegment.ofBuffer(page);

  private MemorySegment packedMemory = pageMemory;

  /** Made when there is memory to compress in; null: there is none on this platform. */
  private @Nullable Lz4Stream stream;

  private Codec codec = Codec.RAW;
  private int length;
  private int originalLength;

  CodecScratch(Lz4 lz4, StoredLimit limit, LongAdder heldBytes) {
    this.lz4 = lz4;
    this.limit = limit;
    this.heldBytes = heldBytes;
  }

  /** Takes the scratch if nobody has it. */
  boolean tryTake() {
    return (int) TAKEN.getOpaque(this) == 0 && TAKEN.compareAndSet(this, 0, 1);
  }

  /**
   * Compresses the page between the buffer's position and limit, which are not changed. The buffer
   * may be of any kind and order. If its bytes change during the call, the result is that of some
   * mixture of old and new bytes, whole in itself.
   *
   * @throws IllegalArgumentException if the page is empty or over {@link #MAX_PAGE_BYTES}
   */
  public void compress(ByteBuffer source) {
    compressQuickly(source, limit.percent());
  }

  /**
   * As {@link #compress(ByteBuffer)}, with a limit of its own.
   *
   * @param maxStoredPercent share of the page above which it is kept raw
   */
  void compressQuickly(ByteBuffer source, int maxStoredPercent) {
    if (!take(source)) {
      Lz4Stream quick = stream;
      int stored =
          quick == null
              ? lz4.compress(page, originalLength, packed)
              : quick.compress(
                  pageMemory,
                  originalLength,
                  packedMemory,
                  StoredLimit.most(originalLength, maxStoredPercent));
      keep(stored, maxStoredPercent);
    }
  }

  /**
   * As {@link #compressQuickly}, but smaller: for a page that is compressed once, travels often and
   * is read by many.
   */
  void compressToTravel(ByteBuffer source, int maxStoredPercent) {
    if (!take(source)) {
      keep(lz4.compressToTravel(page, originalLength, packed), maxStoredPercent);
    }
  }

  /** Whether that is all, since it is one repeated word. */
  private boolean take(ByteBuffer source) {
    int from = source.position();
    int bytes = source.limit() - from;
    if (bytes < 1 || bytes > MAX_PAGE_BYTES) {
      throw new IllegalArgumentException(
          "a page of " + bytes + " bytes; 1 to " + MAX_PAGE_BYTES + " are allowed");
    }
    if (bytes > page.capacity()) {
      grow(bytes);
    }
    page.put(0, source, from, bytes);
    originalLength = bytes;
    boolean same = isSameFilled(bytes);
    if (same) {
      codec = Codec.SAME;
      length = Long.BYTES;
    }
    return same;
  }

  private void keep(int stored, int maxStoredPercent) {
    boolean worthIt =
        stored != Lz4Stream.TOO_LONG
            && StoredLimit.admits(stored, originalLength, maxStoredPercent);
    codec = worthIt ? Codec.LZ4 : Codec.RAW;
    length = worthIt ? stored : originalLength;
  }

  /**
   * Takes what {@link PageCodec#pack} has made of a page, as if it had been compressed here.
   * Whether an LZ4 block is sound is not looked at.
   *
   * @param packed from position to limit, which are not changed
   * @param maxBytes of the page, at most {@link #MAX_PAGE_BYTES}
   * @return false: it is no packed page of at most so many bytes, and this holds nothing
   */
  public boolean adopt(ByteBuffer packed, int maxBytes) {
    PackedHead head = PackedHead.read(packed, maxBytes);
    if (head == null) {
      return false;
    }
    if (head.originalLength() > page.capacity()) {
      grow(head.originalLength());
    }
    codec = head.codec();
    originalLength = head.originalLength();
    length = head.length();
    (codec == Codec.LZ4 ? this.packed : page).put(0, packed, head.at(), length);
    return true;
  }

  /** Where a page of that many bytes is to be written, from 0, before {@link #compressHard}. */
  ByteBuffer pageOf(int bytes) {
    if (bytes > page.capacity()) {
      grow(bytes);
    }
    originalLength = bytes;
    return page;
  }

  /**
   * Compresses the page that {@link PageCodec#restore} has brought, slowly and better (LZ4-HC); the
   * format is the same. Afterwards this holds an LZ4 block, or the page itself if that is not worth
   * keeping.
   */
  public void compressHard() {
    int bytes = originalLength;
    int stored = lz4.compressHard(page, bytes, packed);
    boolean worthIt = limit.admits(stored, bytes);
    codec = worthIt ? Codec.LZ4 : Codec.RAW;
    length = worthIt ? stored : bytes;
  }

  /** The last word is looked at first: pages that begin alike often differ at the end. */
  private boolean isSameFilled(int bytes) {
    if ((bytes & (Long.BYTES - 1)) != 0) {
      return false;
    }
    long word = page.getLong(0);
    if (page.getLong(bytes - Long.BYTES) != word) {
      return false;
    }
    for (int at = Long.BYTES; at < bytes; at += Long.BYTES) {
      if (page.getLong(at) != word) {
        return false;
      }
    }
    return true;
  }

  private void grow(int bytes) {
    int capacity = Math.max(FIRST_PAGE_BYTES, Integer.highestOneBit(bytes - 1) << 1);
    ByteBuffer newPage = ByteBuffer.allocateDirect(capacity);
    ByteBuffer newPacked = ByteBuffer.allocateDirect(Lz4.bound(capacity));
    heldBytes.add(newPage.capacity() + newPacked.capacity() - page.capacity() - packed.capacity());
    page = newPage;
    packed = newPacked;
    pageMemory = MemorySegment.ofBuffer(newPage);
    packedMemory = MemorySegment.ofBuffer(newPacked);
    if (stream == null) {
      stream = lz4.newStream();
      heldBytes.add(stream == null ? 0 : stream.heldBytes());
    }
  }

  /** How {@link #bytes} is to be read. */
  public Codec codec() {
    return codec;
  }

  /** Bytes to keep: 8 for a same-filled page. */
  public int length() {
    return length;
  }

  /** Bytes of the page itself. */
  public int originalLength() {
    return originalLength;
  }

  /** The word that fills a same-filled page, its first byte the most significant. */
  public long sameWord() {
    if (codec != Codec.SAME) {
      throw new IllegalStateException("the page is " + codec + ", not same-filled");
    }
    return page.getLong(0);
  }

  /** The bytes to keep, from 0 to {@link #length}; to be read by absolute index only. */
  public ByteBuffer bytes() {
    return codec == Codec.LZ4 ? packed : page;
  }

  /** As {@link #bytes}, the same memory; it stays the scratch's. */
  public MemorySegment memory() {
    return codec == Codec.LZ4 ? packedMemory : pageMemory;
  }

  /** Gives the scratch back. */
  @Override
  public void close() {
    TAKEN.setRelease(this, 0);
  }
}

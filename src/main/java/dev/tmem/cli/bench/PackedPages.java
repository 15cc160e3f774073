package dev.tmem.cli.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Compressed pages one behind the other, outside the heap, with nothing around them: what the bare
 * codec loads from. Filled by one thread; immutable and thread-safe after.
 *
 * <pre>
 * place of a page (64 bits)
 *   63 .. 48   length in bytes
 *   47 ..  0   where it begins: chunk in the bits from 30 on, offset in it below
 * </pre>
 */
final class PackedPages implements AutoCloseable {

  private static final int CHUNK_BITS = 30;
  private static final long CHUNK_BYTES = 1L << CHUNK_BITS;
  private static final int LENGTH_SHIFT = 48;

  private final Arena arena = Arena.ofShared();
  private final List<ByteBuffer> chunks = new ArrayList<>();
  private final long[] places;
  private long bytes;
  private long next;

  private PackedPages(int pages) {
    places = new long[pages];
  }

  /**
   * Compresses pages 0 to {@code count}.
   *
   * @param count more than the corpus has: each again
   */
  static PackedPages of(Corpus corpus, BareCodec codec, int count) {
    PackedPages packed = new PackedPages(count);
    ByteBuffer pages = corpus.buffer();
    for (int i = 0; i < count; i++) {
      int length = codec.compress(pages, corpus.at(corpus.index(i)));
      packed.add(i, codec.packed(), length);
    }
    return packed;
  }

  private void add(int number, ByteBuffer from, int length) {
    if ((next & CHUNK_BYTES - 1) + length > CHUNK_BYTES) {
      next = (next | CHUNK_BYTES - 1) + 1;
    }
    if (next >>> CHUNK_BITS == chunks.size()) {
      MemorySegment chunk = arena.allocate(CHUNK_BYTES);
      chunks.add(chunk.asByteBuffer());
    }
    places[number] = (long) length << LENGTH_SHIFT | next;
    chunk(number).put(at(number), from, 0, length);
    next += length;
    bytes += length;
  }

  int pages() {
    return places.length;
  }

  /** Bytes of all pages. */
  long bytes() {
    return bytes;
  }

  ByteBuffer chunk(int number) {
    return chunks.get((int) ((places[number] & (1L << LENGTH_SHIFT) - 1) >>> CHUNK_BITS));
  }

  int at(int number) {
    return (int) (places[number] & CHUNK_BYTES - 1);
  }

  int length(int number) {
    return (int) (places[number] >>> LENGTH_SHIFT);
  }

  @Override
  public void close() {
    arena.close();
  }
}

package dev.tmem.cli.bench;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Pages as a machine has them, outside the heap: slices of files that every JDK and Linux machine
 * has, zero pages and random ones, drawn with a fixed seed. The same machine, seed and number give
 * the same pages.
 *
 * <p>Immutable once built; thread-safe, by absolute index.
 */
final class Corpus implements AutoCloseable {

  static final int PAGE_BYTES = 4096;

  /** Distinct pages; a benchmark of more stores each several times. */
  static final int MAX_PAGES = 250_000;

  /** Of files of one kind; a small corpus draws from fewer. */
  private static final long MAX_POOL_BYTES = 96L << 20;

  private static final long LEAST_POOL_BYTES = 8L << 20;

  private final Arena arena;
  private final MemorySegment bytes;
  private final ByteBuffer buffer;
  private final int pages;

  private Corpus(Arena arena, int pages) {
    this.arena = arena;
    this.pages = pages;
    this.bytes = arena.allocate((long) pages * PAGE_BYTES);
    this.buffer = bytes.asByteBuffer();
  }

  /**
   * Builds one.
   *
   * @param wanted distinct pages, if there may be so many
   */
  static Corpus build(long wanted, long seed) throws IOException {
    Corpus corpus = new Corpus(Arena.ofShared(), (int) Math.min(wanted, MAX_PAGES));
    boolean built = false;
    try (Arena pools = Arena.ofConfined()) {
      corpus.fill(pools, seed);
      built = true;
    } finally {
      if (!built) {
        corpus.close();
      }
    }
    return corpus;
  }

  private void fill(Arena arenaOfPools, long seed) throws IOException {
    long room = Math.clamp(bytes.byteSize() / 4, LEAST_POOL_BYTES, MAX_POOL_BYTES);
    SlicePool classes = new SlicePool(arenaOfPools, 2 * room);
    SlicePool binaries = new SlicePool(arenaOfPools, room);
    SlicePool source = new SlicePool(arenaOfPools, room);
    SlicePool texts = new SlicePool(arenaOfPools, room);
    CorpusFiles files = new CorpusFiles();
    files.classes(classes);
    files.binaries(binaries);
    files.texts(source, texts);
    SlicePool firstTexts = source.hasPages() ? source : texts;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < pages; i++) {
      long at = (long) i * PAGE_BYTES;
      switch (PageKind.draw(random)) {
        case CLASSES -> classes.draw(random, bytes, at);
        case BINARY -> (binaries.hasPages() ? binaries : classes).draw(random, bytes, at);
        case TEXT -> (random.nextBoolean() ? firstTexts : texts).draw(random, bytes, at);
        case ZERO -> bytes.asSlice(at, PAGE_BYTES).fill((byte) 0);
        case RANDOM -> drawRandom(random, at);
      }
    }
  }

  private void drawRandom(SplittableRandom random, long at) {
    byte[] page = new byte[PAGE_BYTES];
    random.nextBytes(page);
    MemorySegment.copy(MemorySegment.ofArray(page), 0, bytes, at, PAGE_BYTES);
  }

  /** Distinct pages. */
  int pages() {
    return pages;
  }

  /** Which of the distinct pages has this number, in a benchmark of more. */
  int index(long number) {
    return (int) (number % pages);
  }

  /** Where a distinct page begins in {@link #buffer}. */
  int at(int index) {
    return index * PAGE_BYTES;
  }

  /** All pages; a view of its own for whoever asks. */
  ByteBuffer buffer() {
    return buffer.duplicate();
  }

  /** A copy of a distinct page. */
  Buffer page(int index) {
    byte[] page = new byte[PAGE_BYTES];
    buffer.get(at(index), page);
    return Buffer.buffer(page);
  }

  boolean isZero(int index) {
    MemorySegment page = bytes.asSlice((long) index * PAGE_BYTES, PAGE_BYTES);
    return page.get(ValueLayout.JAVA_BYTE, 0) == 0
        && page.asSlice(1).mismatch(page.asSlice(0, PAGE_BYTES - 1)) < 0;
  }

  /**
   * Holds what was loaded against what was stored.
   *
   * @param number of the page, for the message
   * @throws IllegalStateException if they differ
   */
  void verify(long number, int index, MemorySegment loaded, long at, int length) {
    long from = (long) index * PAGE_BYTES;
    if (length != PAGE_BYTES
        || MemorySegment.mismatch(bytes, from, from + PAGE_BYTES, loaded, at, at + PAGE_BYTES)
            >= 0) {
      throw new IllegalStateException(
          "page " + number + " came back wrong, with a length of " + length);
    }
  }

  /** The same of a page that came as a buffer; null: it was not there. */
  void verify(long number, @Nullable Buffer page) {
    MemorySegment loaded = MemorySegment.ofArray(page == null ? new byte[0] : page.getBytes());
    verify(number, index(number), loaded, 0, (int) loaded.byteSize());
  }

  @Override
  public void close() {
    arena.close();
  }
}

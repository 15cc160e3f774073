package dev.tmem.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class CorpusTest {

  private static final int PAGES = 4000;

  private static Corpus corpus(long seed) throws IOException {
    return Corpus.build(PAGES, seed);
  }

  @Test
  void theSameSeedGivesTheSamePages() throws IOException {
    try (Corpus one = corpus(7);
        Corpus two = corpus(7)) {
      assertEquals(PAGES, one.pages());
      assertEquals(-1, one.buffer().mismatch(two.buffer()));
    }
  }

  @Test
  void anotherSeedGivesOthers() throws IOException {
    try (Corpus one = corpus(7);
        Corpus two = corpus(8)) {
      assertTrue(one.buffer().mismatch(two.buffer()) >= 0);
    }
  }

  /** A machine may have few files; the shares are those of the draw, give or take a third. */
  @Test
  void theMixIsWhatItOughtToBe() throws IOException {
    try (Corpus corpus = corpus(1)) {
      BareCodec codec = new BareCodec();
      ByteBuffer pages = corpus.buffer();
      int zero = 0;
      int raw = 0;
      long bytes = 0;
      for (int i = 0; i < PAGES; i++) {
        int length = codec.compress(pages, corpus.at(i));
        bytes += length;
        zero += corpus.isZero(i) ? 1 : 0;
        raw += length > Corpus.PAGE_BYTES ? 1 : 0;
      }
      assertShare(PageKind.ZERO, zero);
      assertShare(PageKind.RANDOM, raw);
      double ratio = (double) PAGES * Corpus.PAGE_BYTES / bytes;
      assertTrue(ratio > 1.5 && ratio < 3, () -> "LZ4 takes it " + ratio + " to 1");
    }
  }

  private static void assertShare(PageKind kind, int found) {
    int wanted = PAGES * kind.percent() / 100;
    assertTrue(Math.abs(found - wanted) < wanted / 3, () -> kind + ": " + found + " of " + wanted);
  }

  @Test
  void theSharesAreAHundred() {
    int all = 0;
    for (PageKind kind : PageKind.values()) {
      all += kind.percent();
    }
    assertEquals(100, all);
  }

  @Test
  void packedPagesComeBackAndTheWrongOneIsNoticed() throws IOException {
    int count = 3 * PAGES / 2;
    try (Corpus corpus = corpus(3);
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), count);
        Arena arena = Arena.ofConfined()) {
      PageKeeper bare = new BareKeeper(packed);
      MemorySegment loaded = arena.allocate(Corpus.PAGE_BYTES);
      ByteBuffer into = loaded.asByteBuffer();
      for (int i = 0; i < count; i++) {
        corpus.verify(i, corpus.index(i), loaded, 0, bare.load(i, into, 0));
      }
      int length = bare.load(1, into, 0);
      into.put(17, (byte) ~into.get(17));
      IllegalStateException wrong =
          assertThrows(IllegalStateException.class, () -> corpus.verify(1, 1, loaded, 0, length));
      assertTrue(String.valueOf(wrong.getMessage()).contains("page 1 "), wrong::getMessage);
    }
  }
}

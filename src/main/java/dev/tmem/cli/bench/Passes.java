package dev.tmem.cli.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Stores and loads of one keeper over a range of positions, timed. Confined to one thread. */
final class Passes {

  /** Pages that are loaded before they are compared: they stay in a core's own cache. */
  static final int BATCH = 32;

  private final Corpus corpus;
  private final PageKeeper keeper;
  private int[] order;
  private final ByteBuffer pages;
  private final MemorySegment loaded;
  private final ByteBuffer loadedBuffer;
  private final int[] lengths = new int[BATCH];

  /** The page of the corpus under a number is that many further than its own. */
  private int turn;

  /**
   * @param order the page of each position, as loads and stores in random order go
   */
  Passes(Corpus corpus, PageKeeper keeper, int[] order) {
    this.corpus = corpus;
    this.keeper = keeper;
    this.order = order;
    this.pages = corpus.buffer();
    this.loaded = Arena.ofAuto().allocate((long) BATCH * Corpus.PAGE_BYTES, Corpus.PAGE_BYTES);
    this.loadedBuffer = loaded.asByteBuffer();
  }

  /**
   * From now on stores bring, and loads expect, other pages than before: those of numbers so much
   * further. Every number must be stored before one is loaded again.
   *
   * @param nextOrder in place of the one there was
   */
  void turn(int by, int[] nextOrder) {
    turn += by;
    order = nextOrder;
  }

  private int index(int number) {
    return corpus.index((long) number + turn);
  }

  /** Stores the pages of a range of numbers. */
  long store(int from, int to) {
    long began = System.nanoTime();
    for (int i = from; i < to; i++) {
      keeper.store(i, pages, corpus.at(index(i)));
    }
    return System.nanoTime() - began;
  }

  /** Stores the pages that the order names. */
  long storeInOrder(int from, int to) {
    long began = System.nanoTime();
    for (int i = from; i < to; i++) {
      int number = order[i];
      keeper.store(number, pages, corpus.at(index(number)));
    }
    return System.nanoTime() - began;
  }

  /** Loads the pages that the order names, and compares each; the comparing does not count. */
  long loadInOrder(int from, int to) {
    long nanos = 0;
    for (int start = from; start < to; start += BATCH) {
      int end = Math.min(to, start + BATCH);
      long began = System.nanoTime();
      for (int i = start; i < end; i++) {
        lengths[i - start] = keeper.load(order[i], loadedBuffer, (i - start) * Corpus.PAGE_BYTES);
      }
      nanos += System.nanoTime() - began;
      for (int i = start; i < end; i++) {
        int slot = i - start;
        long at = (long) slot * Corpus.PAGE_BYTES;
        corpus.verify(order[i], index(order[i]), loaded, at, lengths[slot]);
      }
    }
    return nanos;
  }
}

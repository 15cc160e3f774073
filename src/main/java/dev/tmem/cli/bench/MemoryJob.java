package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What the process grows by, against the compressed bytes it holds: after filling, after the sizes
 * have shifted to and fro, and after most pages were invalidated. Confined to the main thread.
 */
final class MemoryJob implements Job {

  private static final double FILL_GOAL = 1.08;
  private static final double CHURN_GOAL = 1.12;
  private static final double BACK_GOAL = 0.85;

  /** Rounds of overwriting; each stores as many pages as there are, at random. */
  private static final int ROUNDS = 10;

  /** Pages of a round come from this share of the corpus by size, on each side of its middle. */
  private static final double MIX_HALF = 0.2;

  /** Of a hundred pages, those that are invalidated. */
  private static final int INVALIDATED_PERCENT = 90;

  private static final int BATCH = 1024;

  /** Loads and stores before the first look: what is compiled by then is no growth. */
  private static final int WARM_PAGES = 1000;

  private static final int WARM_ROUNDS = 60;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    if (!Footprint.isKnown()) {
      Protocol.NOTE.write(run.out(), "this system does not tell what is resident: no rss rows");
      return List.of();
    }
    int count = Math.toIntExact(run.pages());
    try (Corpus corpus = Corpus.build(count, run.seed());
        TestedNode node = TestedNode.start(count);
        PageKeeper keeper = node.keeper()) {
      int[] current = new int[count];
      Arrays.setAll(current, corpus::index);
      Held held = new Held(corpus, node, keeper, current);
      int[] bySize = held.corpusBySize();
      held.warmUp();
      Footprint before = Footprint.now();

      run.progress("rss-fill: storing %,d pages".formatted(count));
      held.storeAll();
      Row fill = held.row("rss-fill", before, FILL_GOAL);

      churn(run, held, bySize);
      node.compact();
      Row churn = held.row("rss-churn", before, CHURN_GOAL);

      return List.of(fill, churn, back(run, node, held, before));
    }
  }

  /** From small pages to large ones and back. */
  private static void churn(JobRun run, Held held, int[] bySize) {
    SplittableRandom random = new SplittableRandom(run.seed());
    for (int round = 0; round < ROUNDS; round++) {
      int half = ROUNDS / 2;
      double up = (double) (round < half ? round : ROUNDS - 1 - round) / (half - 1);
      double middle = MIX_HALF + up * (1 - 2 * MIX_HALF);
      held.overwrite(
          random,
          bySize,
          (int) ((middle - MIX_HALF) * bySize.length),
          (int) ((middle + MIX_HALF) * bySize.length));
      run.progress("rss-churn: round %d of %d".formatted(round + 1, ROUNDS));
    }
  }

  private static Row back(JobRun run, TestedNode node, Held held, Footprint empty) {
    Footprint full = Footprint.now();
    long fullBytes = node.compressedBytes();
    run.progress("rss-back: invalidating %d %%".formatted(INVALIDATED_PERCENT));
    held.invalidate(INVALIDATED_PERCENT, run.seed());
    long left = node.compressedBytes();
    node.compact();
    Footprint after = Footprint.now();
    double used = full.rssSince(empty) * ((double) (fullBytes - left) / fullBytes);
    held.verifyAll();
    return Row.compared(
        "rss-back", full.rssSince(after) / 1e6, used / 1e6, "MB", BACK_GOAL, Better.HIGHER);
  }

  /**
   * The area and what ought to be in it. Confined to the main thread.
   *
   * <p>Invariant: {@code current} has, for each number, the page of the corpus that was stored
   * last, or {@link #NONE}.
   */
  private static final class Held {

    private static final int NONE = -1;

    private final Corpus corpus;
    private final TestedNode node;
    private final PageKeeper keeper;
    private final int[] current;
    private final ByteBuffer pages;
    private final MemorySegment loaded = Arena.ofAuto().allocate(Corpus.PAGE_BYTES);
    private final ByteBuffer into = loaded.asByteBuffer();

    Held(Corpus corpus, TestedNode node, PageKeeper keeper, int[] current) {
      this.corpus = corpus;
      this.node = node;
      this.keeper = keeper;
      this.current = current;
      this.pages = corpus.buffer();
    }

    /** The pages of the corpus that take room, by what they compress to. */
    int[] corpusBySize() {
      BareCodec codec = new BareCodec();
      long[] keyed = new long[corpus.pages()];
      int found = 0;
      for (int i = 0; i < keyed.length; i++) {
        if (!corpus.isZero(i)) {
          keyed[found++] = (long) codec.compress(pages, corpus.at(i)) << 32 | i;
        }
      }
      Arrays.sort(keyed, 0, found);
      int[] order = new int[found];
      Arrays.setAll(order, i -> (int) keyed[i]);
      return order;
    }

    /** Few pages, many times, and gone again: code is compiled, no memory is kept. */
    void warmUp() {
      int few = Math.min(WARM_PAGES, current.length);
      for (int round = 0; round < WARM_ROUNDS; round++) {
        for (int i = 0; i < few; i++) {
          store(i, (i + round) % corpus.pages());
          verify(i);
        }
      }
      node.clear();
      node.compact();
      Arrays.setAll(current, corpus::index);
    }

    void storeAll() {
      for (int i = 0; i < current.length; i++) {
        store(i, current[i]);
      }
      verifyAll();
    }

    /** Stores as many pages as there are, at random, out of a part of the corpus. */
    void overwrite(SplittableRandom random, int[] bySize, int from, int to) {
      for (int i = 0; i < current.length; i++) {
        store(random.nextInt(current.length), bySize[random.nextInt(from, to)]);
      }
    }

    private void store(int number, int index) {
      keeper.store(number, pages, corpus.at(index));
      current[number] = index;
    }

    private void verify(int number) {
      corpus.verify(number, current[number], loaded, 0, keeper.load(number, into, 0));
    }

    void verifyAll() {
      for (int i = 0; i < current.length; i++) {
        if (current[i] != NONE) {
          verify(i);
        } else if (keeper.load(i, into, 0) != SwapArea.ABSENT) {
          throw new IllegalStateException("page " + i + " was invalidated and is there");
        }
      }
    }

    void invalidate(int percent, long seed) {
      int[] order = Orders.shuffled(current.length, seed);
      int gone = (int) ((long) order.length * percent / 100);
      for (int from = 0; from < gone; from += BATCH) {
        long[] offsets = new long[Math.min(BATCH, gone - from)];
        for (int i = 0; i < offsets.length; i++) {
          offsets[i] = order[from + i];
          current[order[from + i]] = NONE;
        }
        node.area().invalidateAll(offsets).await();
      }
    }

    Row row(String name, Footprint before, double goal) {
      Footprint now = Footprint.now();
      long compressed = node.compressedBytes();
      Map<String, Double> parts = new LinkedHashMap<>();
      parts.put("bytes/page", (double) now.rssSince(before) / current.length);
      parts.put("compressed/page", (double) compressed / current.length);
      return Row.compared(
              name, now.rssSince(before) / 1e6, compressed / 1e6, "MB", goal, Better.LOWER)
          .with(parts);
    }
  }
}

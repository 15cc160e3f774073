package dev.tmem.cli.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How long a load takes while another thread fills the pool, against a bare decompression while
 * another thread compresses the same. The main thread loads, a second one stores.
 */
final class TailJob implements Job {

  private static final double GOAL = 1.5;

  private static final double HIGH = 0.99;
  private static final double HIGHEST = 0.999;

  /** Stores between two looks of the loader at how far they are. */
  private static final int STEP = 64;

  /** Pages stored since the pool was empty; those may be loaded. */
  private volatile int filled;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = Math.toIntExact(run.pages());
    try (Corpus corpus = Corpus.build(count, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), count);
        TestedNode node = TestedNode.start(count);
        ExecutorService second = Executors.newSingleThreadExecutor()) {
      Loader ours = new Loader(corpus, node.keeper(), node.keeper(), run.seed());
      Loader bare = new Loader(corpus, new BareKeeper(packed), new BareKeeper(packed), run.seed());
      Pairs high = new Pairs();
      Pairs highest = new Pairs();
      for (int i = 0; i <= Alternation.PAIRS; i++) {
        node.clear();
        ours.during(second, count);
        bare.during(second, count);
        if (i > 0) { // the first is to warm up
          high.add(ours.taken.micros(HIGH), bare.taken.micros(HIGH));
          highest.add(ours.taken.micros(HIGHEST), bare.taken.micros(HIGHEST));
        }
        run.progress(
            "tail: pass %d of %d, p99 %.1f us; the codec %.1f us"
                .formatted(
                    i + 1,
                    Alternation.PAIRS + 1,
                    ours.taken.micros(HIGH),
                    bare.taken.micros(HIGH)));
      }
      return List.of(row(high, highest));
    }
  }

  private static Row row(Pairs high, Pairs highest) {
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("p99.9", highest.ratio());
    parts.put("p99.9 ours", highest.ours());
    parts.put("p99.9 beside", highest.beside());
    return new Row(
        "tail", high.ours(), high.beside(), "us", high.ratio(), GOAL, Better.LOWER, parts);
  }

  /** One keeper, loaded from here and filled from there. Confined to the main thread. */
  private final class Loader {

    private final Corpus corpus;
    private final PageKeeper keeper;
    private final PageKeeper filler;
    private final SplittableRandom random;
    private final ByteBuffer pages;
    private final MemorySegment loaded = Arena.ofAuto().allocate(Corpus.PAGE_BYTES);
    private final ByteBuffer into = loaded.asByteBuffer();
    private final Latencies taken = new Latencies();

    Loader(Corpus corpus, PageKeeper keeper, PageKeeper filler, long seed) {
      this.corpus = corpus;
      this.keeper = keeper;
      this.filler = filler;
      this.random = new SplittableRandom(seed);
      this.pages = corpus.buffer();
    }

    /** Loads at random what is there, until the other thread has stored everything. */
    void during(ExecutorService second, int count) throws InterruptedException, ExecutionException {
      taken.clear();
      filled = 0;
      Future<?> filling = second.submit(() -> fill(count));
      while (!filling.isDone()) {
        int there = filled;
        for (int i = 0; i < STEP && there > 0; i++) {
          load(random.nextInt(there));
        }
      }
      filling.get();
    }

    private void load(int number) {
      long began = System.nanoTime();
      int length = keeper.load(number, into, 0);
      taken.add(System.nanoTime() - began);
      corpus.verify(number, corpus.index(number), loaded, 0, length);
    }

    private void fill(int count) {
      for (int i = 0; i < count; i++) {
        filler.store(i, pages, corpus.at(corpus.index(i)));
        if ((i + 1) % STEP == 0) {
          filled = i + 1;
        }
      }
    }
  }
}

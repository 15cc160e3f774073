package dev.tmem.cli.bench;

import dev.tmem.PeerTransport;
import dev.tmem.SwapArea;
import io.vertx.core.Future;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * How long a load from RAM takes while pages go to a lender, against a bare decompression while the
 * bare socket carries the same. Confined to the main thread, which loads.
 */
final class RemotifyTailJob implements Job {

  private static final double GOAL = 1.5;
  private static final double HIGH = 0.99;
  private static final double HIGHEST = 0.999;

  /** Loads between two looks whether all pages are sent. */
  private static final int STEP = 64;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 10);
    try (Corpus corpus = Corpus.build(count, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), corpus.pages());
        Peers peers = Peers.start(PeerTransport.CHANNEL, count, run.seed())) {
      RemotePages pages = RemotePages.of(corpus);
      Remotify remotify = new Remotify(corpus, peers, pages, packed);
      SwapArea hot = peers.area("hot", Peers.ZRAM);
      pages.store(corpus, hot);
      Loader ours = new Loader(corpus, pages, new AreaKeeper(hot), run.seed());
      Loader bare = new Loader(corpus, pages, new BareKeeper(packed), run.seed());
      Pairs high = new Pairs();
      Pairs highest = new Pairs();
      for (int i = 0; i <= Alternation.PAIRS; i++) {
        remotify.fill();
        remotify.begin();
        ours.until(remotify::isSent);
        remotify.clear();
        Future<Void> sent = remotify.bare();
        bare.until(sent::isComplete);
        Peers.await(sent);
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
      Map<String, Double> parts = new LinkedHashMap<>();
      parts.put("p99.9", highest.ratio());
      parts.put("pages", (double) remotify.count());
      return List.of(
          new Row(
              "tail", high.ours(), high.beside(), "us", high.ratio(), GOAL, Better.LOWER, parts));
    }
  }

  /** Loads at random from one keeper. Confined to the main thread. */
  private static final class Loader {

    private final Corpus corpus;
    private final PageKeeper keeper;
    private final int[] numbers;
    private final SplittableRandom random;
    private final MemorySegment loaded = Arena.ofAuto().allocate(Corpus.PAGE_BYTES);
    private final ByteBuffer into = loaded.asByteBuffer();
    private final Latencies taken = new Latencies();

    Loader(Corpus corpus, RemotePages pages, PageKeeper keeper, long seed) {
      this.corpus = corpus;
      this.keeper = keeper;
      this.numbers = pages.numbers();
      this.random = new SplittableRandom(seed);
    }

    void until(BooleanSupplier end) {
      taken.clear();
      do {
        for (int i = 0; i < STEP; i++) {
          load(numbers[random.nextInt(numbers.length)]);
        }
      } while (!end.getAsBoolean());
    }

    private void load(int number) {
      long began = System.nanoTime();
      int length = keeper.load(number, into, 0);
      taken.add(System.nanoTime() - began);
      corpus.verify(number, number, loaded, 0, length);
    }
  }
}

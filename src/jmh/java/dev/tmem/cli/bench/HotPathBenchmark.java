package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** {@code storeNow} and {@code loadNow} of a whole node, and the codec alone on the same pages. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "-XX:MaxDirectMemorySize=1t")
public class HotPathBenchmark {

  private static final int PAGES = 50_000;
  private static final long SEED = 1;

  /** What {@link #open} makes; JMH calls it before all else. */
  private record Parts(Corpus corpus, PackedPages packed, TestedNode node) {}

  /** One thread's own. */
  @State(Scope.Thread)
  public static class Hand {
    private final ByteBuffer into = ByteBuffer.allocateDirect(Corpus.PAGE_BYTES);
    private final int[] order = Orders.uniform(PAGES, PAGES, SEED);
    private int next;

    /** For JMH. */
    public Hand() {}

    int number() {
      next = next + 1 == PAGES ? 0 : next + 1;
      return order[next];
    }
  }

  private Parts parts = open();
  private final BareCodec codec = new BareCodec();
  private ByteBuffer pages = parts.corpus().buffer();

  /** For JMH. */
  public HotPathBenchmark() {}

  private static Parts open() {
    try {
      Corpus corpus = Corpus.build(PAGES, SEED);
      PackedPages packed = PackedPages.of(corpus, new BareCodec(), PAGES);
      return new Parts(corpus, packed, TestedNode.start(PAGES));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Fills the pool. */
  @Setup(Level.Trial)
  public void fill() {
    PageKeeper keeper = parts.node().keeper();
    for (int i = 0; i < PAGES; i++) {
      keeper.store(i, pages, parts.corpus().at(i));
    }
  }

  /** Gives all memory back. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    parts.node().close();
    parts.packed().close();
    parts.corpus().close();
  }

  /** Overwrites a page. */
  @Benchmark
  public boolean storeNow(Hand hand) {
    SwapArea area = parts.node().area();
    int number = hand.number();
    int at = parts.corpus().at(number);
    return area.storeNow(number, pages.limit(at + Corpus.PAGE_BYTES).position(at));
  }

  /** Loads a page. */
  @Benchmark
  public int loadNow(Hand hand) {
    return parts.node().area().loadNow(hand.number(), hand.into);
  }

  /** Compresses a page into one buffer. */
  @Benchmark
  public int bareCompress(Hand hand) {
    return codec.compress(pages, parts.corpus().at(hand.number()));
  }

  /** Decompresses a page into one buffer. */
  @Benchmark
  public int bareDecompress(Hand hand) {
    int number = hand.number();
    PackedPages packed = parts.packed();
    return codec.decompress(
        packed.chunk(number), packed.at(number), packed.length(number), hand.into, 0);
  }
}

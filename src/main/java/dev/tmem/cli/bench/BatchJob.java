package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Batches of loads in this process, against as many single loads. Confined to the main thread. */
final class BatchJob implements Job {

  static final int PAGES = 64;

  private static final double GOAL = 0.98;

  /** Loads in some order. Confined to the main thread. */
  private static final class Loader {

    private final Corpus corpus;
    private final SwapArea area;
    private final int[] order;

    Loader(Corpus corpus, SwapArea area, int[] order) {
      this.corpus = corpus;
      this.area = area;
      this.order = order;
    }

    long batches(int from, int to) {
      long nanos = 0;
      for (int start = from; start < to; start += PAGES) {
        int[] numbers = Arrays.copyOfRange(order, start, Math.min(to, start + PAGES));
        long began = System.nanoTime();
        long[] offsets = Arrays.stream(numbers).asLongStream().toArray();
        List<@Nullable Buffer> pages = area.loadAll(offsets).result();
        nanos += System.nanoTime() - began;
        verify(numbers, pages);
      }
      return nanos;
    }

    long singles(int from, int to) {
      long nanos = 0;
      for (int start = from; start < to; start += PAGES) {
        int[] numbers = Arrays.copyOfRange(order, start, Math.min(to, start + PAGES));
        long began = System.nanoTime();
        List<@Nullable Buffer> pages = new ArrayList<>(numbers.length);
        for (int number : numbers) {
          Future<@Nullable Buffer> load = area.load(number);
          pages.add(load.result());
        }
        nanos += System.nanoTime() - began;
        verify(numbers, pages);
      }
      return nanos;
    }

    private void verify(int[] numbers, List<@Nullable Buffer> pages) {
      for (int i = 0; i < numbers.length; i++) {
        corpus.verify(numbers[i], pages.get(i));
      }
    }
  }

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    try (Corpus corpus = Corpus.build(count, run.seed());
        TestedNode node = TestedNode.start(count);
        PageKeeper keeper = node.keeper()) {
      int[] order = Orders.uniform(count, count, run.seed());
      new Passes(corpus, keeper, order).store(0, count);
      Loader loader = new Loader(corpus, node.area(), order);
      Pairs rates =
          new Alternation(run, count).rates("batch-local", loader::batches, loader::singles);
      return List.of(Row.worstOf("batch-local", "pages/s", GOAL, Map.of("loads", rates)));
    }
  }
}

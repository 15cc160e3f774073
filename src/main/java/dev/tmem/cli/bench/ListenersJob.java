package dev.tmem.cli.bench;

import dev.tmem.FreedPages;
import dev.tmem.SwapArea;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stores and invalidates in an area to which somebody listens, and in one to which nobody does.
 * Confined to the main thread; the listener is told on another.
 */
final class ListenersJob implements Job {

  private static final double GOAL = 0.95;

  private final AtomicLong told = new AtomicLong();
  private long freed;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    try (Corpus corpus = Corpus.build(count, run.seed());
        TestedNode node = TestedNode.start(count)) {
      SwapArea quiet = node.area();
      SwapArea heard = node.area("heard");
      heard.onFreed(this::told).await();
      Pairs rates =
          new Alternation(run, count)
              .rates(
                  "listeners",
                  (from, to) -> {
                    long nanos = storeAndForget(corpus, heard, from, to);
                    freed += to - from;
                    awaitTold();
                    return nanos;
                  },
                  (from, to) -> storeAndForget(corpus, quiet, from, to));
      return List.of(Row.worstOf("listeners", "pages/s", GOAL, Map.of("both", rates)));
    }
  }

  private static long storeAndForget(Corpus corpus, SwapArea area, int from, int to) {
    ByteBuffer pages = corpus.buffer();
    PageKeeper keeper = new AreaKeeper(area);
    long began = System.nanoTime();
    for (int i = from; i < to; i++) {
      keeper.store(i, pages, corpus.at(corpus.index(i)));
    }
    for (int i = from; i < to; i++) {
      if (!area.invalidatePage(i).succeeded()) {
        throw new IllegalStateException("page " + i + " was not forgotten");
      }
    }
    return System.nanoTime() - began;
  }

  private void told(FreedPages pages) {
    synchronized (told) {
      told.addAndGet(pages.count() + pages.missed());
      told.notifyAll();
    }
  }

  /** What is told late belongs to this side, and not to the time of the other. */
  private void awaitTold() {
    synchronized (told) {
      while (told.get() < freed) {
        try {
          told.wait();
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted", interrupted);
        }
      }
    }
  }
}

package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Pages written one after the other and read again, twice as many bytes as the node may use of RAM:
 * compressed RAM above the swap file, against the swap file alone. Confined to the main thread.
 */
final class ScanJob implements Job {

  private static final double GOAL = 1.33;
  private static final int BATCH = 64;
  private static final int OVERCOMMIT = 2;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages() / BATCH * BATCH;
    long bytes = (long) count * Corpus.PAGE_BYTES;
    try (Corpus corpus = Corpus.build(count, run.seed());
        DiskNode node = DiskNode.start(bytes / OVERCOMMIT, bytes * 5 / 4 + (64 << 20))) {
      SwapArea both = node.area("both", List.of());
      SwapArea alone = node.area("alone", List.of("swapfile"));
      Pairs pairs =
          new Alternation(run, count, count)
              .rates(
                  "scan",
                  (from, to) -> nanos(corpus, both, from, to),
                  (from, to) -> nanos(corpus, alone, from, to));
      long spans =
          node.admin("stats", new JsonObject()).getJsonObject("mm_stat").getLong("mem_used_max");
      if (spans == 0) {
        throw new IllegalStateException("no page was kept in RAM");
      }
      return List.of(
          new Row(
              "scan",
              pairs.ours(),
              pairs.beside(),
              "pages/s",
              pairs.ratio(),
              GOAL,
              Better.HIGHER,
              Map.of()));
    }
  }

  private static long nanos(Corpus corpus, SwapArea area, int from, int to) {
    long nanos = 0;
    for (int at = from; at < to; at += BATCH) {
      long[] offsets = LongStream.range(at, at + BATCH).toArray();
      List<Buffer> pages = new ArrayList<>(BATCH);
      for (long offset : offsets) {
        pages.add(corpus.page(corpus.index(offset)));
      }
      long began = System.nanoTime();
      DiskNode.await(area.storeAll(offsets, pages));
      nanos += System.nanoTime() - began;
    }
    for (int at = from; at < to; at += BATCH) {
      long[] offsets = LongStream.range(at, at + BATCH).toArray();
      long began = System.nanoTime();
      List<@Nullable Buffer> loaded = DiskNode.await(area.loadAll(offsets));
      nanos += System.nanoTime() - began;
      for (int i = 0; i < BATCH; i++) {
        corpus.verify(offsets[i], loaded.get(i));
      }
    }
    DiskNode.await(area.invalidateArea());
    return nanos;
  }
}

package dev.tmem.cli.bench;

import dev.tmem.SwapArea;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The RAM that a page takes whose content lies on disk alone: tables outside the heap, and what the
 * heap grows by. Confined to the main thread.
 */
final class DiskRamJob implements Job {

  private static final double GOAL = 40;
  private static final long BASE_BYTES = 128L << 20;
  private static final int COLLECTIONS = 3;
  private static final long FILE_BYTES_PER_PAGE = 3500;

  /** Pages that go to the disk, and are gone, before anything is counted. */
  private static final int WARM_PAGES = 20_000;

  /** Pages of one repeated word that is not zero stay in their slots; they are rarer than that. */
  private static final int MOST_SAME = 50;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = Math.toIntExact(run.pages());
    try (Corpus corpus = Corpus.build(count, run.seed());
        DiskNode node =
            DiskNode.start(BASE_BYTES + 64L * count, FILE_BYTES_PER_PAGE * count + (64 << 20))) {
      SwapArea area = node.area("pages", List.of());
      Buffer page = corpus.page(0);
      DiskNode.await(area.store(0, page)); // what there is once, whatever comes
      shrink(node);
      long tablesBefore = tableBytes(node);
      warmUp(node, area, corpus, count);
      long heapBefore = heapBytes();
      for (int i = 1; i < count; i++) {
        if (!corpus.isZero(corpus.index(i))) {
          DiskNode.await(area.store(i, corpus.page(corpus.index(i))));
        }
      }
      shrink(node);
      JsonObject there = node.admin("stats", new JsonObject()).getJsonObject("pagesByBackend");
      long stored = there.getLong("swapfile") - 1;
      if (there.getLong("zram") > stored / MOST_SAME) {
        throw new IllegalStateException("not all pages lie on disk: " + there);
      }
      double tables = (tableBytes(node) - tablesBefore) / (double) stored;
      double heap = (heapBytes() - heapBefore) / (double) stored;
      Map<String, Double> parts = new LinkedHashMap<>();
      parts.put("tables", tables);
      parts.put("heap", heap);
      return List.of(
          Row.absolute("ram", tables + heap, "bytes/page", GOAL, Better.LOWER).with(parts));
    }
  }

  /** What threads and caches of the libraries keep of the first pages is no matter of pages. */
  private static void warmUp(DiskNode node, SwapArea area, Corpus corpus, int count) {
    int some = Math.min(count, WARM_PAGES);
    for (int i = 1; i < some; i++) {
      DiskNode.await(area.store(i, corpus.page(corpus.index(i))));
    }
    shrink(node);
    for (int i = 1; i < some; i++) {
      DiskNode.await(area.invalidatePage(i));
    }
  }

  private static void shrink(DiskNode node) {
    node.admin("shrink", new JsonObject().put("backend", "zram").put("pages", 0));
    node.admin("compact", new JsonObject());
  }

  /** Everything off-heap but the pool's spans. */
  private static long tableBytes(DiskNode node) {
    JsonObject stats = node.admin("stats", new JsonObject());
    return stats.getLong("memoryUsed") - stats.getJsonObject("mm_stat").getLong("mem_used_total");
  }

  private static long heapBytes() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}

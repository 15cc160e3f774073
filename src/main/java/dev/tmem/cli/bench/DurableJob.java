package dev.tmem.cli.bench;

import dev.tmem.Fsync;
import dev.tmem.SwapArea;
import dev.tmem.SwapAreaOptions;
import dev.tmem.swapfile.SwapfileBackend;
import io.vertx.core.Context;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * Stores of a durable area that are on stable storage when they are acknowledged, by many writers
 * at once, against the same pages written bare with a force for each group of as many. Compressing
 * counts on both sides. Confined to the main thread.
 */
final class DurableJob implements Job {

  private static final double GOAL = 0.80;
  private static final int WRITERS = 64;

  /** Pages that one stores before it is the other's turn. */
  private static final int CHUNK = 16 * WRITERS;

  /** A store goes through most of a node, which is compiled later than what stands beside it. */
  private static final int WARM_UPS = 14;

  private static final long MEMORY_BYTES = 64L << 20;

  /** Each page is stored some times; the old ones go. */
  private static final double FILE_PARTS = 3;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = (int) Math.max(BenchOptions.MIN_PAGES, run.pages() / 32);
    try (Corpus corpus = Corpus.build(count, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), count)) {
      DiskPages pages = DiskPages.of(corpus, packed);
      long fileBytes = (long) (pages.packedBytes() * FILE_PARTS) + (128L << 20);
      try (DiskNode node = DiskNode.start(MEMORY_BYTES, fileBytes);
          BareFile bare = new BareFile(node.folder(), count)) {
        SwapArea area =
            node.area("durable", new SwapAreaOptions().setDurable(true).setFsync(Fsync.ALWAYS));
        BareCodec codec = new BareCodec();
        Context context = node.vertx().getOrCreateContext();
        Pairs pairs =
            new Alternation(run, pages.count(), CHUNK, WARM_UPS)
                .rates(
                    "durable",
                    bare::rewind,
                    (from, to) -> ours(context, area, corpus, pages, from, to),
                    (from, to) -> beside(bare, corpus, codec, pages, from, to));
        for (int i = 0; i < pages.count(); i++) {
          corpus.verify(pages.number(i), Peers.await(area.load(pages.number(i))));
        }
        double stores = (double) (WARM_UPS + Alternation.PAIRS) * pages.count();
        Map<String, Double> parts = Map.of("stores/sync", stores / syncs(node));
        return List.of(Row.worstOf("durable", "pages/s", GOAL, Map.of("", pairs)).with(parts));
      }
    }
  }

  private static long syncs(DiskNode node) {
    return node.admin("backends", new JsonObject()).getJsonArray("backends").stream()
        .map(JsonObject.class::cast)
        .filter(backend -> backend.getString("name").equals(SwapfileBackend.NAME))
        .findFirst()
        .orElseThrow()
        .getJsonObject("counters")
        .getLong("syncs");
  }

  /** All of them are on stable storage when the last is acknowledged. */
  private static long ours(
      Context context, SwapArea area, Corpus corpus, DiskPages pages, int from, int to) {
    return Asking.all(
            context,
            to - from,
            WRITERS,
            i -> {
              int number = pages.number(from + i);
              return area.store(number, corpus.page(corpus.index(number))).map(true);
            },
            null)
        .nanos();
  }

  private static long beside(
      BareFile bare, Corpus corpus, BareCodec codec, DiskPages pages, int from, int to) {
    ByteBuffer all = corpus.buffer();
    long began = System.nanoTime();
    try {
      for (int i = from; i < to; i++) {
        int number = pages.number(i);
        int length = codec.compress(all, corpus.at(corpus.index(number)));
        bare.put(number, codec.packed(), 0, length);
        if ((i - from + 1) % WRITERS == 0 || i == to - 1) {
          bare.force();
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("the bare file was not written", e);
    }
    return System.nanoTime() - began;
  }
}

package dev.tmem.cli.bench;

import dev.tmem.backend.RamBackend;
import dev.tmem.codec.CodecScratch;
import dev.tmem.codec.PageCodec;
import dev.tmem.memory.MemoryAccount;
import dev.tmem.memory.RegionPool;
import dev.tmem.zram.SizeClassStats;
import dev.tmem.zram.ZramBackend;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The allocator alone: what it takes beside objects and padding, which are its own records and the
 * places that are not taken. Padding is what an object leaves of its place, and what the places
 * leave of their span; the latter is shown as well. Confined to the main thread.
 */
final class MetaJob implements Job {

  private static final double GOAL = 4;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    long count = run.pages();
    try (Corpus corpus = Corpus.build(count, run.seed())) {
      try (Pool pool = new Pool()) {
        run.progress("meta: storing %,d pages".formatted(count));
        long objects = pool.fill(corpus, count);
        return List.of(row(pool.zram, objects));
      }
    }
  }

  /** The allocator and what it takes memory from. */
  private static final class Pool implements AutoCloseable {

    private final MemoryAccount account = new MemoryAccount(Long.MAX_VALUE / 2);
    private final RegionPool regions = new RegionPool(account);
    private final ZramBackend zram = new ZramBackend(regions, account);

    /** Puts every page that takes a place; how many those are. */
    long fill(Corpus corpus, long count) {
      PageCodec codec = new PageCodec(PageCodec.DEFAULT_MAX_STORED_PERCENT);
      ByteBuffer pages = corpus.buffer();
      long objects = 0;
      for (long i = 0; i < count; i++) {
        int index = corpus.index(i);
        if (corpus.isZero(index)) {
          continue;
        }
        int at = corpus.at(index);
        try (CodecScratch scratch = codec.acquire()) {
          scratch.compress(pages.limit(at + Corpus.PAGE_BYTES).position(at));
          if (zram.put(scratch.bytes(), 0, scratch.length()) == RamBackend.REFUSED) {
            throw new IllegalStateException("page " + i + " was refused by the pool");
          }
        }
        objects++;
      }
      return objects;
    }

    @Override
    public void close() {
      zram.close().await();
      regions.close();
    }
  }

  private static Row row(ZramBackend zram, long objects) {
    long records = zram.counters().getOrDefault("record_bytes", 0L);
    long held = zram.usage().heldBytes();
    long places = 0;
    long free = 0;
    for (SizeClassStats sizeClass : zram.classStats()) {
      places += sizeClass.usedBytes();
      free += sizeClass.freePlaces() * sizeClass.objectBytes();
    }
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("free places", (double) free / objects);
    parts.put("records", (double) records / objects);
    parts.put("(span ends)", (double) (held - places - free) / objects);
    double all = (double) (free + records) / objects;
    return Row.absolute("meta", all, "bytes/object", GOAL, Better.LOWER).with(parts);
  }
}

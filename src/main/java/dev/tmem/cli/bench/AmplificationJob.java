package dev.tmem.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Bytes written for each byte of new records, while pages of a file that is 80 % full are written
 * over at random, four times the file's size. Confined to the main thread.
 */
final class AmplificationJob implements Job {

  private static final double GOAL = 3.0;
  private static final double FULL = 0.8;
  private static final int TIMES = 4;

  private static final long SEGMENT_BYTES = 4L << 20;

  /**
   * At the full size of a benchmark the file has 256 segments. With few the cleaner's reserve is
   * too much of it.
   */
  private static final int LEAST_SEGMENTS = 48;

  private static final int PAGES_OF_SEGMENT = 3900;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    long segments = Math.max(LEAST_SEGMENTS, run.pages() / PAGES_OF_SEGMENT);
    long fileBytes = segments * SEGMENT_BYTES + (1 << 20);
    int distinct = run.speedPages();
    try (Corpus corpus = Corpus.build(distinct, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), distinct)) {
      DiskPages pages = DiskPages.of(corpus, packed);
      int most = (int) (fileBytes / (pages.packedBytes() / pages.count()));
      try (DiskRig rig = DiskRig.open(fileBytes, most)) {
        return List.of(measure(run, rig, packed, pages));
      }
    }
  }

  private static Row measure(JobRun run, DiskRig rig, PackedPages packed, DiskPages pages) {
    long fileBytes = rig.counter("file_bytes");
    SplittableRandom random = new SplittableRandom(run.seed());
    int count = 0;
    while (rig.counter("live_bytes") < FULL * fileBytes) {
      for (int i = 0; i < DiskRig.BATCH; i++) {
        put(rig, packed, pages, count, count);
        count++;
      }
      rig.settle();
    }
    long filled = rig.counter("bytes_written");
    long overhead = filled - rig.counter("live_bytes");
    long began = System.nanoTime();
    long before = filled;
    double last = 0;
    long newBytes = 0;
    for (int round = 1; round <= 4 * TIMES; round++) {
      long wanted = fileBytes / 4;
      long moved = movedBytes(rig);
      long roundBegan = rig.counter("bytes_written");
      long put = 0;
      while (put < wanted) {
        int content = random.nextInt(pages.count());
        put += put(rig, packed, pages, random.nextInt(count), content);
      }
      rig.settle();
      newBytes += put;
      last = (rig.counter("bytes_written") - roundBegan) / (double) put;
      run.progress(
          "write-amp: round %d of %d, %.2f, full to %.3f, %d moved"
              .formatted(
                  round,
                  4 * TIMES,
                  last,
                  rig.counter("live_bytes") / (double) fileBytes,
                  movedBytes(rig) - moved));
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    double amplification = (rig.counter("bytes_written") - before) / (double) newBytes;
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("last quarter", last);
    parts.put("full", rig.counter("live_bytes") / (double) fileBytes);
    parts.put("segments", (double) rig.counter("segments_total"));
    parts.put("MB/s of new records", newBytes / 1e6 / seconds);
    parts.put("header bytes of a record", overhead / (double) count);
    return Row.absolute("write-amp", amplification, "times", GOAL, Better.LOWER).with(parts);
  }

  private static long movedBytes(DiskRig rig) {
    return rig.counter("cleaner_moved");
  }

  /** Bytes of the record. */
  private static long put(DiskRig rig, PackedPages packed, DiskPages pages, int slot, int content) {
    int number = pages.number(content % pages.count());
    rig.put(slot, packed.chunk(number), packed.at(number), packed.length(number));
    return (48L + packed.length(number) + 63) / 64 * 64;
  }
}

package dev.tmem.cli.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Compressed pages written out, against the same bytes written bare. Both copy each page, compute
 * its CRC32C, and end with the file on stable storage. Confined to the main thread.
 */
final class DemoteJob implements Job {

  private static final double GOAL = 0.85;
  private static final double MB = 1e6;

  /** Room for the pages twice, since the old copies go last, and for the padding of records. */
  private static final double FILE_PARTS = 2.5;

  private static final long LEAST_FILE_BYTES = 64L << 20;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = run.speedPages();
    try (Corpus corpus = Corpus.build(count, run.seed());
        PackedPages packed = PackedPages.of(corpus, new BareCodec(), count)) {
      DiskPages pages = DiskPages.of(corpus, packed);
      long fileBytes =
          Math.max(LEAST_FILE_BYTES, (long) (pages.packedBytes() * FILE_PARTS)) + (64L << 20);
      try (DiskRig rig = DiskRig.open(fileBytes, count);
          BareFile bare = new BareFile(rig.folder(), count)) {
        Alternation alternation = new Alternation(run, pages.count(), pages.count());
        Pairs pairs =
            alternation.rates(
                "demote",
                bare::rewind,
                (from, to) -> ours(rig, packed, pages, from, to),
                (from, to) -> beside(bare, packed, pages, from, to));
        if (bare.checksums() == 0) {
          throw new IllegalStateException("no checksum was computed");
        }
        double mbPerPage = pages.packedBytes() / MB / pages.count();
        return List.of(
            new Row(
                "demote",
                pairs.ours() * mbPerPage,
                pairs.beside() * mbPerPage,
                "MB/s",
                pairs.ratio(),
                GOAL,
                Better.HIGHER,
                Map.of()));
      }
    }
  }

  private static long ours(DiskRig rig, PackedPages packed, DiskPages pages, int from, int to) {
    long began = System.nanoTime();
    for (int i = from; i < to; i++) {
      int number = pages.number(i);
      rig.put(number, packed.chunk(number), packed.at(number), packed.length(number));
    }
    try {
      rig.flush();
    } catch (Exception e) {
      throw new IllegalStateException("the pages were not written", e);
    }
    return System.nanoTime() - began;
  }

  private static long beside(BareFile bare, PackedPages packed, DiskPages pages, int from, int to) {
    long began = System.nanoTime();
    try {
      for (int i = from; i < to; i++) {
        int number = pages.number(i);
        bare.put(number, packed.chunk(number), packed.at(number), packed.length(number));
      }
      bare.force();
    } catch (IOException e) {
      throw new IllegalStateException("the bare file was not written", e);
    }
    return System.nanoTime() - began;
  }
}

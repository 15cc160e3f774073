package dev.tmem.cli.bench;

import dev.tmem.backend.DurableArea;
import dev.tmem.swapfile.SwapfileBackend;
import dev.tmem.swapfile.SwapfileOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A file of a durable area is opened again: after an end without warning, and after one in good
 * order; against reading the same file from its beginning to its end. Confined to the main thread.
 */
final class RecoveryJob implements Job {

  private static final double GOAL = 0.5;
  private static final double MB = 1e6;
  private static final double NANOS = 1e9;

  /** Room for records and what is kept for their ends, and so much that nothing is cleaned. */
  private static final double FILE_PARTS = 1.4;

  private static final long LEAST_FREE_BYTES = 48L << 20;
  private static final int READ_BYTES = 1 << 20;
  private static final long HOUR_MILLIS = 3_600_000;

  @Override
  public List<Row> measure(JobRun run) throws Exception {
    int count = Math.toIntExact(run.pages());
    try (Corpus corpus = Corpus.build(count, run.seed())) {
      int[] pages =
          IntStream.range(0, corpus.pages()).filter(index -> !corpus.isZero(index)).toArray();
      BareCodec codec = new BareCodec();
      long bytes = 0;
      for (int index : pages) {
        bytes += codec.compress(corpus.buffer(), corpus.at(index));
      }
      long all = bytes / pages.length * count;
      long fileBytes = (long) (all * FILE_PARTS) + LEAST_FREE_BYTES;
      try (DiskRig rig = DiskRig.open(fileBytes, count)) {
        DiskRig.done(
            rig.backend()
                .openDurable(
                    new DurableArea(DiskRig.SPACE, "bench", Corpus.PAGE_BYTES, HOUR_MILLIS, "{}")));
        for (int i = 0; i < count; i++) {
          int at = corpus.at(pages[i % pages.length]);
          rig.put(i, codec.packed(), 0, codec.compress(corpus.buffer(), at));
        }
        rig.flush();
        run.progress("recovery: %,d pages are written".formatted(count));
        return List.of(row(run, rig, fileBytes, count));
      }
    }
  }

  private static Row row(JobRun run, DiskRig rig, long fileBytes, int count) throws Exception {
    Path copy = rig.folder().resolve("copy");
    Pairs crash = new Pairs();
    Pairs clean = new Pairs();
    Pairs seconds = new Pairs();
    for (int i = 0; i < Alternation.WARM_UPS + Alternation.PAIRS; i++) {
      // As if the process had ended now: nobody has said that the file is in good order.
      Files.copy(rig.file(), copy);
      settle(copy);
      double bare = bareRate(copy);
      Opened first = open(copy, fileBytes, count);
      Opened second = open(copy, fileBytes, count);
      Files.delete(copy);
      if (i >= Alternation.WARM_UPS) {
        crash.add(first.rate(), bare);
        clean.add(second.rate(), bare);
        seconds.add(count / first.seconds(), 1);
      }
      run.progress(
          "recovery: pass %d of %d, %.0f ms, %.0f ms after a close; %.3f and %.3f of the other"
              .formatted(
                  i + 1,
                  Alternation.WARM_UPS + Alternation.PAIRS,
                  first.seconds() * 1e3,
                  second.seconds() * 1e3,
                  first.rate() / bare,
                  second.rate() / bare));
    }
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("crash", crash.ratio());
    parts.put("close", clean.ratio());
    parts.put("pages/s", seconds.ours());
    return new Row(
        "recovery",
        crash.ours() / MB,
        crash.beside() / MB,
        "MB/s",
        crash.ratio(),
        GOAL,
        Better.HIGHER,
        parts);
  }

  /** The copy itself is on the disk: bringing it there is no part of a recovery. */
  private static void settle(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** How a file was opened. Immutable. */
  private record Opened(double seconds, long bytes) {

    double rate() {
      return bytes / seconds;
    }
  }

  /** Opens a file, and closes it. */
  private static Opened open(Path file, long fileBytes, int count) throws Exception {
    var size = SwapfileOptions.Size.of(fileBytes);
    var options = new SwapfileOptions(SwapfileBackend.NAME, file, size, 0);
    try (DiskScheduler scheduler = new DiskScheduler()) {
      long began = System.nanoTime();
      SwapfileBackend backend =
          DiskRig.done(SwapfileBackend.activate(options, "bench", scheduler, () -> {}));
      double seconds = (System.nanoTime() - began) / NANOS;
      Map<String, Long> counters = backend.counters();
      long bytes =
          counters.getOrDefault("recovery_segments", 0L)
              * counters.getOrDefault("file_bytes", 0L)
              / counters.getOrDefault("segments_total", 1L);
      long found = counters.getOrDefault("recovered_pages", 0L);
      DiskRig.done(backend.close());
      if (found != count) {
        throw new IllegalStateException(found + " pages of " + count + " were found");
      }
      return new Opened(seconds, bytes);
    }
  }

  /** Bytes a second. */
  private static double bareRate(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
      long began = System.nanoTime();
      long bytes = 0;
      int read = channel.read(buffer);
      while (read >= 0) {
        bytes += read;
        buffer.clear();
        read = channel.read(buffer);
      }
      return bytes * NANOS / (System.nanoTime() - began);
    }
  }
}

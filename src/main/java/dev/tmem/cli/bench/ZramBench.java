package dev.tmem.cli.bench;

import java.util.List;

/** The compressed pool, against the bare codec and against what others would take in its place. */
final class ZramBench {

  /** Heap of a job that has no need of a large one. */
  private static final int HEAP_MIB = 256;

  /** Beside what a contestant keeps on the heap. */
  private static final int CONTEST_HEAP_MIB = 1024;

  /** Compressed pages on the heap, and as much again for the collector to work with. */
  private static final int HEAP_BYTES_OF_PAGE = 1200;

  static final Bench BENCH =
      new Bench(
          "zram",
          List.of(
              JobSpec.speed("speed", HEAP_MIB, SpeedJob::new, "store-1", "load-1", "alloc"),
              JobSpec.speed("scale", HEAP_MIB, ScaleJob::new, "scale-2"),
              JobSpec.memory(
                  "memory", HEAP_MIB, MemoryJob::new, "rss-fill", "rss-churn", "rss-back"),
              JobSpec.speed("size", HEAP_MIB, SizeJob::new, "o1"),
              JobSpec.memory("meta", HEAP_MIB, MetaJob::new, "meta"),
              JobSpec.speed("tail", HEAP_MIB, TailJob::new, "tail"),
              new JobSpec(
                  "heap",
                  List.of("heap"),
                  List.of(64, 128, 256, 512),
                  0,
                  JobSpec.Heap.FIXED,
                  false,
                  HeapJob::new),
              contest("chronicle", 0, true, 1.0, 0.95, 1.15),
              contest("mapdb", 0, true, 1.0, 1.0, 1.0),
              contest("hashmap", HEAP_BYTES_OF_PAGE, false, 1.0, 1.0, 1.0)));

  private ZramBench() {}

  private static JobSpec contest(
      String name, int heapBytesPerPage, boolean external, double store, double load, double kept) {
    return new JobSpec(
        name,
        List.of(name),
        List.of(CONTEST_HEAP_MIB),
        heapBytesPerPage,
        JobSpec.Heap.GROWING,
        external,
        () -> new ContestJob(name, store, load, kept));
  }
}

package dev.tmem.cli.bench;

import java.util.List;

/** The dispatcher and the way to it over the event bus, against the same work without them. */
final class DispatchBench {

  private static final int HEAP_MIB = 512;

  static final Bench BENCH =
      new Bench(
          "dispatch",
          List.of(
              JobSpec.speed("hit", HEAP_MIB, HitJob::new, "hit-cost"),
              JobSpec.speed("invalidate", HEAP_MIB, InvalidateJob::new, "invalidate-object"),
              JobSpec.speed("batch", HEAP_MIB, BatchJob::new, "batch-local"),
              JobSpec.speed("bus", HEAP_MIB, BusJob::new, "batch-bus", "bus-p50", "bus-batch"),
              JobSpec.speed("listeners", HEAP_MIB, ListenersJob::new, "listeners")));

  private DispatchBench() {}
}

package dev.tmem.cli.bench;

import java.util.List;

/** The swap file, against the bare disk and against what others would take in its place. */
final class SwapfileBench {

  private static final int HEAP_MIB = 512;

  static final Bench BENCH =
      new Bench(
          "swapfile",
          List.of(
              JobSpec.speed("demote", HEAP_MIB, DemoteJob::new, "demote"),
              JobSpec.speed("load", HEAP_MIB, DiskLoadJob::new, "load"),
              JobSpec.speed("write-amp", HEAP_MIB, AmplificationJob::new, "write-amp")));

  private SwapfileBench() {}
}

package dev.tmem.cli.bench;

import java.util.List;

/** The swap file, against the bare disk and against what others would take in its place. */
final class SwapfileBench {

  private static final int HEAP_MIB = 512;
  private static final int RECOVERY_HEAP_MIB = 1024;

  static final Bench BENCH =
      new Bench(
          "swapfile",
          List.of(
              JobSpec.speed("demote", HEAP_MIB, DemoteJob::new, "demote"),
              JobSpec.speed("load", HEAP_MIB, DiskLoadJob::new, "load"),
              JobSpec.speed("durable", HEAP_MIB, DurableJob::new, "durable"),
              new JobSpec(
                  "rocksdb",
                  List.of("rocksdb"),
                  List.of(HEAP_MIB),
                  0,
                  JobSpec.Heap.FIXED,
                  true,
                  RocksJob::new),
              JobSpec.speed("write-amp", HEAP_MIB, AmplificationJob::new, "write-amp"),
              JobSpec.speed("ram", HEAP_MIB, DiskRamJob::new, "ram"),
              JobSpec.speed("scan", HEAP_MIB, ScanJob::new, "scan"),
              JobSpec.speed("recovery", RECOVERY_HEAP_MIB, RecoveryJob::new, "recovery")));

  private SwapfileBench() {}
}

package dev.tmem.cli.bench;

import java.util.List;

/** Shared caches, in several processes on the loopback. */
final class SharedBench {

  private static final int HEAP_MIB = 256;
  private static final int GET_HEAP_MIB = 512;

  static final Bench BENCH =
      new Bench(
          "shared",
          List.of(
              JobSpec.speed("get", GET_HEAP_MIB, SharedGetJob::new, "get-p50", "imap-rate"),
              JobSpec.memory("memory", HEAP_MIB, SharedMemoryJob::new, "imap-memory"),
              JobSpec.speed(
                  "cluster",
                  HEAP_MIB,
                  SharedJob::new,
                  "loader",
                  "kill-hits",
                  "join-hits",
                  "balance")));

  private SharedBench() {}
}

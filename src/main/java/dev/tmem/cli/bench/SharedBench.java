package dev.tmem.cli.bench;

import java.util.List;

/** Shared caches, in several processes on the loopback. */
final class SharedBench {

  private static final int HEAP_MIB = 256;

  static final Bench BENCH =
      new Bench(
          "shared",
          List.of(
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

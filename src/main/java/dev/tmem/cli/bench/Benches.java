package dev.tmem.cli.bench;

import java.util.List;

/** The benchmarks there are. */
final class Benches {

  private static final List<Bench> ALL =
      List.of(
          ZramBench.BENCH,
          DispatchBench.BENCH,
          RamsterBench.BENCH,
          SwapfileBench.BENCH,
          SharedBench.BENCH);

  private Benches() {}

  static List<String> names() {
    return ALL.stream().map(Bench::name).toList();
  }

  /** One, or all of them. */
  static List<Bench> named(String name) {
    return ALL.stream()
        .filter(bench -> bench.name().equals(name) || name.equals(BenchOptions.ALL))
        .toList();
  }
}

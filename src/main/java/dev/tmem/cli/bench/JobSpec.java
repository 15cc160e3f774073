package dev.tmem.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A job and the process it wants. Immutable.
 *
 * @param name unique in its benchmark
 * @param rows what it measures
 * @param heapMib the most heap of its process; several: the first that is enough
 * @param heapBytesPerPage further heap for each page of the benchmark
 * @param heap how its process treats the heap
 * @param contestant whether it needs what the product does not bring along
 * @param job makes it, in its process
 */
record JobSpec(
    String name,
    List<String> rows,
    List<Integer> heapMib,
    int heapBytesPerPage,
    Heap heap,
    boolean contestant,
    Supplier<Job> job) {

  /** What is done with the heap. */
  enum Heap {
    /** All of it is there and touched from the beginning: it does not grow. */
    FIXED,
    /** So too, with the collector that needs the least memory beside the heap. */
    QUIET,
    /** It grows as it is used, which is a cost of who uses it. */
    GROWING;

    private List<String> options() {
      return switch (this) {
        case FIXED -> List.of("-XX:+AlwaysPreTouch");
        case QUIET -> List.of("-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");
        case GROWING -> List.of();
      };
    }
  }

  /** A heap that grows begins with that. */
  private static final long FIRST_HEAP_MIB = 64;

  JobSpec {
    rows = List.copyOf(rows);
    heapMib = List.copyOf(heapMib);
  }

  /** A job about speed. */
  static JobSpec speed(String name, int heapMib, Supplier<Job> job, String... rows) {
    return new JobSpec(name, List.of(rows), List.of(heapMib), 0, Heap.FIXED, false, job);
  }

  /** A job about memory. */
  static JobSpec memory(String name, int heapMib, Supplier<Job> job, String... rows) {
    return new JobSpec(name, List.of(rows), List.of(heapMib), 0, Heap.QUIET, false, job);
  }

  /** Options of a process with that heap. */
  List<String> jvmOptions(int mib, long pages) {
    long most = mib + ((heapBytesPerPage * pages) >> 20);
    List<String> options = new ArrayList<>();
    options.add("-Xms" + (heap == Heap.GROWING ? Math.min(FIRST_HEAP_MIB, most) : most) + "m");
    options.add("-Xmx" + most + "m");
    options.add("-XX:+ExitOnOutOfMemoryError");
    options.add("-XX:MaxDirectMemorySize=1t");
    options.addAll(heap.options());
    return options;
  }
}

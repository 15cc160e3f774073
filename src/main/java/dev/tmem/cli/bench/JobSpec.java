package dev.tmem.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A job and the process it wants. Immutable.
 *
 * @param name unique in its benchmark
 * @param rows what it measures
 * @param heapMib heap of its process, all of it touched before; several: the first that is enough
 * @param heapBytesPerPage further heap for each page of the benchmark
 * @param quietHeap whether its process has the collector that needs the least memory beside the
 *     heap: where memory is measured
 * @param contestant whether it needs what the product does not bring along
 * @param job makes it, in its process
 */
record JobSpec(
    String name,
    List<String> rows,
    List<Integer> heapMib,
    int heapBytesPerPage,
    boolean quietHeap,
    boolean contestant,
    Supplier<Job> job) {

  JobSpec {
    rows = List.copyOf(rows);
    heapMib = List.copyOf(heapMib);
  }

  /** A job about speed. */
  static JobSpec speed(String name, int heapMib, Supplier<Job> job, String... rows) {
    return new JobSpec(name, List.of(rows), List.of(heapMib), 0, false, false, job);
  }

  /** A job about memory. */
  static JobSpec memory(String name, int heapMib, Supplier<Job> job, String... rows) {
    return new JobSpec(name, List.of(rows), List.of(heapMib), 0, true, false, job);
  }

  /** Options of a process with that heap. */
  List<String> jvmOptions(int mib, long pages) {
    long heap = mib + ((heapBytesPerPage * pages) >> 20);
    List<String> options = new ArrayList<>();
    options.add("-Xms" + heap + "m");
    options.add("-Xmx" + heap + "m");
    options.add("-XX:+AlwaysPreTouch");
    options.add("-XX:+ExitOnOutOfMemoryError");
    options.add("-XX:MaxDirectMemorySize=1t");
    if (quietHeap) {
      options.add("-XX:+UseSerialGC");
    }
    return options;
  }
}

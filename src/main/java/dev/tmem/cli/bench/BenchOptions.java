package dev.tmem.cli.bench;

import dev.tmem.ErrorCode;
import dev.tmem.Options;
import dev.tmem.TmemException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is measured. Immutable.
 *
 * @param name of a benchmark, or {@link #ALL}
 * @param pages size of the whole; rows scale with it
 * @param seed of everything random
 * @param rows the rows wanted; none: all there are
 */
public record BenchOptions(String name, long pages, long seed, Set<String> rows) {

  public static final String ALL = "all";

  public static final long DEFAULT_PAGES = 1_000_000;

  public static final long DEFAULT_SEED = 1;

  static final long MIN_PAGES = 1000;

  /** Pages that are compared where comparing all would take longer than what is measured. */
  static final int SAMPLE = 500;

  private static final long MAX_PAGES = 64_000_000;

  /**
   * @throws TmemException with {@link ErrorCode#INVALID_OPTION} for a value that is not allowed
   */
  public BenchOptions {
    List<String> names = Benches.names();
    if (!names.contains(name) && !name.equals(ALL)) {
      throw Options.refuse("NAME", name, String.join(", ", names) + " or " + ALL);
    }
    Options.inRange("--pages", pages, MIN_PAGES, MAX_PAGES);
    rows = Set.copyOf(rows);
    Set<String> known = new TreeSet<>();
    Benches.named(name).forEach(bench -> bench.jobs().forEach(job -> known.addAll(job.rows())));
    for (String row : rows) {
      if (!known.contains(row)) {
        throw Options.refuse("--rows", row, String.join(", ", known));
      }
    }
  }

  boolean wants(JobSpec job) {
    return rows.isEmpty() || job.rows().stream().anyMatch(rows::contains);
  }

  boolean wants(Row row) {
    return rows.isEmpty() || rows.contains(row.name());
  }
}

package dev.tmem.cli.bench;

import dev.tmem.cli.terminal.Terminal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs benchmarks, each job in a process of its own, and shows what they found. Confined to the
 * main thread.
 */
public final class BenchRun {

  /**
   * What was found. Immutable.
   *
   * @param failed what could not be measured, a line each
   */
  public record Outcome(BenchOptions options, List<JsonObject> rows, List<String> failed) {

    /** One object: benchmark, pages, seed and rows. */
    public JsonObject json() {
      return new JsonObject()
          .put("bench", options.name())
          .put("pages", options.pages())
          .put("seed", options.seed())
          .put("rows", new JsonArray(List.copyOf(rows)));
    }
  }

  private final BenchOptions options;
  private final Terminal terminal;
  private final ProgressLine progress;
  private final List<Row> rows = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();

  public BenchRun(BenchOptions options, Terminal terminal) {
    this.options = options;
    this.terminal = terminal;
    this.progress = new ProgressLine(terminal);
  }

  /** Measures everything that is wanted. */
  public Outcome run() throws IOException, InterruptedException {
    JobJvm jvm = JobJvm.ofThis();
    List<String> leftOut = new ArrayList<>();
    for (Bench bench : Benches.named(options.name())) {
      for (JobSpec job : bench.jobs()) {
        if (!options.wants(job)) {
          continue;
        }
        if (job.contestant() && !jvm.hasContestants()) {
          leftOut.addAll(job.rows());
        } else {
          run(jvm, bench, job);
        }
      }
    }
    progress.clear();
    if (!leftOut.isEmpty()) {
      terminal.note(
          "left out: %s; 'mvn -Pbench process-test-classes' in the project's folder gets them"
              .formatted(String.join(", ", leftOut)));
    }
    failed.forEach(terminal::note);
    return new Outcome(options, rows.stream().map(Row::toJson).toList(), List.copyOf(failed));
  }

  /** The table of what {@link #run} found. */
  public List<String> table() {
    return new RowTable(rows, terminal.colourOut()).lines();
  }

  /** With the first heap that is enough. */
  private void run(JobJvm jvm, Bench bench, JobSpec job) throws IOException, InterruptedException {
    progress.show(bench.name() + " " + job.name() + ": starting");
    int exit = JobProcess.OUT_OF_MEMORY;
    for (int heapMib : job.heapMib()) {
      if (exit == JobProcess.OUT_OF_MEMORY) {
        exit = run(jvm.command(bench, job, heapMib, options));
      }
    }
    if (exit != 0) {
      failed.add(
          "not measured: %s; its process ended with %d"
              .formatted(String.join(", ", job.rows()), exit));
    }
  }

  private int run(List<String> command) throws IOException, InterruptedException {
    try (JobProcess process = JobProcess.start(command)) {
      return process.lines(this::take);
    }
  }

  private void take(String line) {
    String text = Protocol.PROGRESS.read(line);
    if (text != null) {
      progress.show(text);
    }
    text = Protocol.NOTE.read(line);
    if (text != null) {
      progress.clear();
      terminal.note(text);
    }
    text = Protocol.ROW.read(line);
    if (text != null) {
      Row row = Row.of(new JsonObject(text));
      if (options.wants(row)) {
        rows.add(row);
      }
    }
  }
}

package dev.tmem.cli.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.LoggerFactory;

/**
 * The process of one job: arguments are benchmark, job, pages and seed; what it finds goes to
 * standard output as {@link Protocol} says. It ends with whoever started it. Confined to the main
 * thread.
 */
public final class JobMain {

  private JobMain() {}

  /** Measures, and ends the process. */
  public static void main(String[] arguments) {
    PrintStream lines = begin();
    System.exit(run(lines, arguments));
  }

  /** What every process of a benchmark begins with; where it writes to whoever started it. */
  static PrintStream begin() {
    Thread.ofPlatform().daemon().name("end with the parent").start(JobMain::endWithParent);
    if (LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
      root.setLevel(Level.ERROR); // that the limit is high is meant here
    }
    // Libraries write to standard output as they like; the lines for the parent stay whole.
    PrintStream lines = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err);
    return lines;
  }

  private static int run(PrintStream out, String... arguments) {
    try {
      Bench bench = Benches.named(arguments[0]).getFirst();
      Job job = bench.job(arguments[1]).job().get();
      JobRun run = new JobRun(Long.parseLong(arguments[2]), Long.parseLong(arguments[3]), out);
      for (Row row : job.measure(run)) {
        Protocol.ROW.write(out, row.toJson().encode());
      }
      return 0;
    } catch (Exception failed) {
      failed.printStackTrace();
      return 1;
    }
  }

  private static void endWithParent() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException closed) {
      Runtime.getRuntime().halt(1);
    }
    Runtime.getRuntime().halt(1);
  }
}

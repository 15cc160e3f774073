package dev.tmem.cli.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How processes of jobs are started: this JVM's program and class path, with options of their own.
 * Immutable.
 *
 * @param product class path of this JVM
 * @param contestants what the product does not bring along; empty: it was not built
 */
record JobJvm(String product, List<Path> contestants) {

  /** Beside the jar, or beside the classes, in the folder of the build. */
  private static final String FOLDER = "bench";

  /** What the launcher grants, and what contestants reach for. */
  private static final List<String> OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-opens=java.management/sun.management=ALL-UNNAMED",
          "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED",
          "-XX:+UseCompactObjectHeaders",
          // With one, as on two processors, Hazelcast starts a thread for each answer.
          "-Djava.util.concurrent.ForkJoinPool.common.parallelism=2");

  private static final List<String> CONTESTANT_OPTIONS =
      List.of(
          "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
          "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
          "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/java.io=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "-Dchronicle.analytics.disable=true",
          "-Dchronicle.announcer.disable=true",
          "-Dchronicle.disk.monitor.disable=true");

  JobJvm {
    contestants = List.copyOf(contestants);
  }

  static JobJvm ofThis() throws IOException {
    String product = System.getProperty("java.class.path");
    return new JobJvm(product, contestants(product));
  }

  private static List<Path> contestants(String product) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String entry : product.split(File.pathSeparator, -1)) {
      Path folder = Path.of(entry).toAbsolutePath().resolveSibling(FOLDER);
      Path classes = folder.resolve("classes");
      Path lib = folder.resolve("lib");
      if (found.isEmpty() && Files.isDirectory(classes) && Files.isDirectory(lib)) {
        found.add(classes);
        try (Stream<Path> jars = Files.list(lib)) {
          jars.filter(jar -> jar.toString().endsWith(".jar")).sorted().forEach(found::add);
        }
      }
    }
    return found;
  }

  boolean hasContestants() {
    return !contestants.isEmpty();
  }

  /**
   * The command line of a process that a job needs beside its own.
   *
   * @param options of the JVM, beside those of every process
   */
  List<String> command(Class<?> main, List<String> options, List<String> arguments) {
    List<String> words = new ArrayList<>();
    words.add(java());
    words.addAll(OPTIONS);
    words.addAll(options);
    words.addAll(List.of("-cp", product, main.getName()));
    words.addAll(arguments);
    return words;
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** The command line of a job. */
  List<String> command(Bench bench, JobSpec job, int heapMib, BenchOptions options) {
    List<String> words = new ArrayList<>();
    words.add(java());
    words.addAll(OPTIONS);
    words.addAll(job.jvmOptions(heapMib, options.pages()));
    String path = product;
    if (job.contestant()) {
      words.addAll(CONTESTANT_OPTIONS);
      path =
          Stream.concat(Stream.of(product), contestants.stream().map(Path::toString))
              .collect(Collectors.joining(File.pathSeparator));
    }
    words.addAll(List.of("-cp", path, JobMain.class.getName(), bench.name(), job.name()));
    words.add(Long.toString(options.pages()));
    words.add(Long.toString(options.seed()));
    return words;
  }
}

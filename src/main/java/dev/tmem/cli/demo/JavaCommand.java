package dev.tmem.cli.demo;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How to start another JVM like this one: the same program, options and class path. Immutable.
 *
 * @param words the command line up to the program's own arguments
 */
public record JavaCommand(List<String> words) {

  /** Options that are about this process alone. */
  private static final List<String> OWN =
      List.of("-agentlib:", "-agentpath:", "-javaagent:", "-Xrunjdwp", "-Dtmem.tty.");

  public JavaCommand {
    words = List.copyOf(words);
  }

  /**
   * @param mainClass run if this JVM was not started with {@code -jar}
   */
  public static JavaCommand likeThisOne(String mainClass) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (OWN.stream().noneMatch(option::startsWith)) {
        words.add(option);
      }
    }
    String path = System.getProperty("java.class.path");
    if (path.endsWith(".jar") && !path.contains(File.pathSeparator)) {
      words.add("-jar");
      words.add(path);
    } else {
      words.add("-cp");
      words.add(path);
      words.add(mainClass);
    }
    return new JavaCommand(words);
  }

  List<String> with(List<String> arguments) {
    return with(List.of(), arguments);
  }

  /**
   * The whole command line.
   *
   * @param options of the JVM, beside its own
   */
  public List<String> with(List<String> options, List<String> arguments) {
    List<String> all = new ArrayList<>(words);
    all.addAll(1, options);
    all.addAll(arguments);
    return all;
  }
}

package dev.tmem.house;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An example, run as its README says: from its sources, with the one jar. Killed when closed.
 * Confined to one thread.
 */
final class ExampleProcess implements AutoCloseable {

  private static final long PATIENCE_MINUTES = 3;

  private final Process process;
  private final BufferedReader output;
  private final List<String> lines = new ArrayList<>();

  /**
   * @param folder where it runs, and writes
   * @param flags of the JVM
   * @param main the source file with the main method, from the root of the project
   */
  ExampleProcess(Path folder, List<String> flags, String main, String... arguments)
      throws IOException {
    this(folder, flags, List.of(), Sources.root(main).toString(), arguments);
  }

  /**
   * @param jars besides the one jar
   * @param main the source file with the main method, or a class
   */
  ExampleProcess(Path folder, List<String> flags, List<Path> jars, String main, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(flags);
    command.add("-cp");
    StringBuilder path = new StringBuilder(tmemJar());
    jars.forEach(jar -> path.append(File.pathSeparator).append(jar));
    command.add(path.toString());
    command.add(main);
    command.addAll(List.of(arguments));
    process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    output = process.inputReader();
  }

  static String tmemJar() {
    return System.getProperty("tmem.jar", Sources.root("target/tmem.jar").toString());
  }

  /** Reads on to the first line that begins so, and returns what follows. */
  String lineAfter(String beginning) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      lines.add(line);
      if (line.startsWith(beginning)) {
        return line.substring(beginning.length());
      }
    }
    throw new AssertionError("no line begins with \"" + beginning + "\" in:\n" + text());
  }

  /** Reads on to the end of the output, and returns the exit code. */
  int exitCode() throws IOException, InterruptedException {
    output.lines().forEach(lines::add);
    if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      throw new AssertionError("still running; it said:\n" + text());
    }
    return process.exitValue();
  }

  /** Asks it to stop, as an administrator would. */
  void terminate() {
    process.toHandle().destroy(); // Process.destroy would close its output as well
  }

  /** All that it has said so far. */
  String text() {
    return String.join("\n", lines);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

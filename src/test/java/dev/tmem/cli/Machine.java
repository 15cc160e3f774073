package dev.tmem.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A machine as the launcher sees it, made up in a folder: a checkout with the real launcher, a PATH
 * of its own, and JDKs that are small scripts. Confined to one test.
 */
final class Machine {

  private static final long LAUNCH_SECONDS = 60;

  /** What the launcher uses, beside the shell itself. */
  private static final List<String> TOOLS =
      List.of(
          "sh",
          "dirname",
          "readlink",
          "find",
          "head",
          "sed",
          "mkdir",
          "rmdir",
          "touch",
          "rm",
          "uname",
          "sleep",
          "flock",
          "cat");

  final Path folder;
  final Path root;
  final Path bin;
  final Map<String, String> environment = new HashMap<>();

  Machine(Path folder) throws IOException {
    this.folder = folder;
    this.root = Files.createDirectories(folder.resolve("check out"));
    this.bin = Files.createDirectories(folder.resolve("bin"));
    Files.copy(Path.of("tmem"), root.resolve("tmem"));
    executable(root.resolve("tmem"));
    for (String tool : TOOLS) {
      for (String place : List.of("/usr/bin", "/bin")) {
        Path real = Path.of(place, tool);
        if (Files.exists(real) && !Files.exists(bin.resolve(tool))) {
          Files.createSymbolicLink(bin.resolve(tool), real);
        }
      }
    }
    environment.put("PATH", bin.toString());
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("TMEM_JDK_FOLDERS", folder.resolve("jdks").toString());
  }

  /** A jar that is newer than all sources; what is in it does not matter to a made-up Java. */
  void jar() throws IOException {
    Files.createDirectories(root.resolve("target"));
    Files.writeString(root.resolve("target/tmem.jar"), "jar");
  }

  void sources() throws IOException {
    Files.createDirectories(root.resolve("src/main/java"));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    Files.writeString(root.resolve("src/main/java/A.java"), "class A {}");
  }

  /**
   * A JDK in a folder; its Java writes its process id and its arguments, one a line.
   *
   * @param release what its file {@code release} says; empty: it has none
   * @param printed what {@code java -version} says
   */
  Path jdk(String name, String release, String printed) throws IOException {
    Path home = folder.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    if (!release.isEmpty()) {
      Files.writeString(
          home.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + release + "\"\n");
    }
    script(
        home.resolve("bin/java"),
        "if [ \"$1\" = -version ]; then",
        "  echo 'Picked up JAVA_TOOL_OPTIONS: -Dx' >&2",
        "  echo 'openjdk version \"" + printed + "\" 2026-01-01' >&2",
        "  exit 0",
        "fi",
        "echo \"home=" + home + "\"",
        "echo \"pid=$$\"",
        "for a in \"$@\"; do echo \"<$a>\"; done",
        "exit ${FAKE_EXIT:-0}");
    script(home.resolve("bin/javac"), "exit 0");
    return home;
  }

  /** A Maven that counts its runs and makes the jar. */
  void maven(String... before) throws IOException {
    List<String> lines = new ArrayList<>(List.of(before));
    lines.add("echo \"$JAVA_HOME $*\" >> '" + folder + "/builds'");
    lines.add("mkdir -p target && echo jar > target/tmem.jar");
    script(bin.resolve("mvn"), lines.toArray(String[]::new));
  }

  List<String> builds() throws IOException {
    Path log = folder.resolve("builds");
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  static void script(Path file, String... lines) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    executable(file);
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Starts the launcher, here or by another name. */
  Process start(Path launcher, String... arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Stream.concat(Stream.of(launcher.toString()), Stream.of(arguments)).toList());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.directory(folder.toFile());
    return builder.start();
  }

  Run run(String... arguments) throws IOException, InterruptedException {
    return finish(start(root.resolve("tmem"), arguments));
  }

  static Run finish(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(LAUNCH_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Run(process.pid(), process.waitFor(), out, err);
  }

  /** How a launch ended. */
  record Run(long pid, int exit, String out, String err) {}
}

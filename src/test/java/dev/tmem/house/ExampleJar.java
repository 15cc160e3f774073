package dev.tmem.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Makes the jar of an example that has a {@code pom.xml}: classes and resources, nothing else. */
final class ExampleJar {

  private ExampleJar() {}

  /**
   * Compiles against the one jar.
   *
   * @param example its folder, from the root of the project
   * @param classes where the classes go
   */
  static void build(String example, Path classes, Path jar) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-d",
                classes.toString(),
                "-cp",
                ExampleProcess.tmemJar(),
                "-proc:none",
                "--release",
                "25"));
    files(Sources.root(example + "/src")).forEach(file -> arguments.add(file.toString()));
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, arguments.toArray(String[]::new));
    assertEquals(0, failed, example + " compiles");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      for (Path root : List.of(classes, Sources.root(example + "/resources"))) {
        for (Path file : files(root)) {
          entries.putNextEntry(new JarEntry(root.relativize(file).toString()));
          Files.copy(file, entries);
          entries.closeEntry();
        }
      }
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }
}

package dev.tmem.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The project's own files, found from the folder of the build. */
final class Sources {

  /** Where Java sources lie; every file below ends in {@code .java}. */
  private static final List<String> FOLDERS = List.of("src", "examples");

  private Sources() {}

  /** A file or folder of the project, by its path from the root. */
  static Path root(String path) {
    return Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize().resolve(path);
  }

  static String read(String path) {
    try {
      return Files.readString(root(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Every Java source of the project, in order. */
  static List<SourceFile> java() {
    return FOLDERS.stream().flatMap(Sources::javaBelow).toList();
  }

  private static Stream<SourceFile> javaBelow(String folder) {
    Path base = root(folder);
    if (!Files.isDirectory(base)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.walk(base)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .sorted()
          .map(file -> root("").relativize(file).toString().replace('\\', '/'))
          .map(path -> new SourceFile(path, read(path)))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.tmem.cli.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Files that every JDK and most machines have, read in an order that does not change, into pools.
 * What is missing or may not be read is passed over; the JDK alone is enough. Confined to one
 * thread.
 */
final class CorpusFiles {

  /** Of one program or library: a large one should not be all there is. */
  private static final long MAX_BINARY_BYTES = 4L << 20;

  private static final long MAX_TEXT_BYTES = 1L << 18;

  /** Smaller ones are mostly headers. */
  private static final long LEAST_BINARY_BYTES = 1L << 14;

  /** How far below its root a folder is looked into. */
  private static final int MAX_DEPTH = 6;

  private static final int ELF = 0x7F454C46;
  private static final int MACH_O = 0xCFFAEDFF;
  private static final int PE = 0x4D5A;

  private static final Set<String> TEXT_ENDINGS =
      Set.of(
          "c",
          "conf",
          "css",
          "csv",
          "h",
          "hpp",
          "html",
          "java",
          "js",
          "json",
          "list",
          "md",
          "pl",
          "pm",
          "properties",
          "py",
          "rst",
          "sh",
          "svg",
          "txt",
          "xml",
          "yaml",
          "yml");

  private static final List<Path> SYSTEM_BINARIES =
      List.of(
          Path.of("/usr/bin"),
          Path.of("/usr/lib/x86_64-linux-gnu"),
          Path.of("/usr/lib/aarch64-linux-gnu"),
          Path.of("/usr/lib64"));

  private static final List<Path> SYSTEM_TEXTS =
      List.of(Path.of("/usr/share"), Path.of("/usr/include"));

  private final Path jdk = Path.of(System.getProperty("java.home"));

  /** What decides whether a file is taken. */
  @FunctionalInterface
  private interface Filter {
    boolean takes(Path file) throws IOException;
  }

  void classes(SlicePool into) throws IOException {
    Path modules = jdk.resolve("lib").resolve("modules");
    try (InputStream in = Files.newInputStream(modules)) {
      into.add(in, Long.MAX_VALUE);
    }
  }

  /** The JDK's libraries first, then the machine's. */
  void binaries(SlicePool into) throws IOException {
    walk(jdk, 0, into, CorpusFiles::isBinary, MAX_BINARY_BYTES);
    for (Path folder : SYSTEM_BINARIES) {
      walk(folder, MAX_DEPTH - 1, into, CorpusFiles::isBinary, MAX_BINARY_BYTES);
    }
  }

  /**
   * @param source gets Java source first
   * @param other gets the machine's texts, and the JDK's own
   */
  void texts(SlicePool source, SlicePool other) throws IOException {
    Path zip = jdk.resolve("lib").resolve("src.zip");
    if (Files.isReadable(zip)) {
      unpack(zip, source);
    }
    walk(jdk.resolve("conf"), 0, other, file -> true, MAX_TEXT_BYTES);
    for (Path folder : SYSTEM_TEXTS) {
      walk(folder, 0, other, CorpusFiles::isText, MAX_TEXT_BYTES);
    }
    walk(jdk.resolve("legal"), 0, other, file -> true, MAX_TEXT_BYTES);
  }

  private static void unpack(Path zip, SlicePool into) throws IOException {
    try (ZipFile file = new ZipFile(zip.toFile())) {
      Enumeration<? extends ZipEntry> entries = file.entries();
      while (entries.hasMoreElements() && !into.isFull()) {
        ZipEntry entry = entries.nextElement();
        if (!entry.isDirectory()) {
          try (InputStream in = file.getInputStream(entry)) {
            into.add(in, MAX_TEXT_BYTES);
          }
        }
      }
    }
  }

  private static void walk(Path path, int depth, SlicePool into, Filter filter, long most)
      throws IOException {
    if (into.isFull() || depth > MAX_DEPTH || !Files.isReadable(path)) {
      return;
    }
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      List<Path> inside;
      try (Stream<Path> entries = Files.list(path)) {
        inside = entries.sorted().toList();
      }
      for (Path entry : inside) {
        walk(entry, depth + 1, into, filter, most);
      }
    } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && filter.takes(path)) {
      try (InputStream in = Files.newInputStream(path)) {
        into.add(in, most);
      }
    }
  }

  private static boolean isText(Path file) {
    String name = String.valueOf(file.getFileName());
    return TEXT_ENDINGS.contains(
        name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
  }

  /** ELF, Mach-O or PE by the first bytes. */
  private static boolean isBinary(Path file) throws IOException {
    if (Files.size(file) < LEAST_BINARY_BYTES) {
      return false;
    }
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(Integer.BYTES);
    }
    if (start.length < Integer.BYTES) {
      return false;
    }
    int magic = ByteBuffer.wrap(start).getInt();
    return magic == ELF || (magic | 1) == MACH_O || magic >>> 16 == PE;
  }
}

package dev.tmem.cli.demo;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Real files as one row of pages. Each file begins a page of its own, so the last page of each is
 * short. The files are read again whenever a page is asked for. Immutable.
 */
final class PageSource {

  /** A file and the page it begins at. */
  private record Part(Path file, long bytes, long firstPage) {}

  private final int pageSize;
  private final List<Part> parts;
  private final long[] firstPages;
  private final long pages;
  private final long bytes;

  private PageSource(int pageSize, List<Part> parts, long pages, long bytes) {
    this.pageSize = pageSize;
    this.parts = parts;
    this.firstPages = parts.stream().mapToLong(Part::firstPage).toArray();
    this.pages = pages;
    this.bytes = bytes;
  }

  /** All of these files, and all files under these folders. */
  static PageSource of(int pageSize, List<Path> places) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path place : places) {
      if (!Files.exists(place)) {
        throw new NoSuchFileException(place.toString());
      }
      files.addAll(filesIn(place));
    }
    return of(pageSize, files, Long.MAX_VALUE, 1);
  }

  /**
   * Files of the running JDK, the module image first and then the largest, until there are so many
   * bytes. A small runtime is gone through again, up to a limit.
   */
  static PageSource ofJdk(int pageSize, long atLeastBytes) throws IOException {
    Path home = Path.of(System.getProperty("java.home"));
    List<Path> files = new ArrayList<>(filesIn(home));
    Path modules = home.resolve("lib").resolve("modules");
    files.sort(
        Comparator.comparing((Path file) -> !file.equals(modules))
            .thenComparing(Comparator.comparingLong(PageSource::size).reversed())
            .thenComparing(Comparator.naturalOrder()));
    return of(pageSize, files, atLeastBytes, 1000);
  }

  private static List<Path> filesIn(Path place) throws IOException {
    try (Stream<Path> found = Files.walk(place)) {
      return found.filter(Files::isRegularFile).filter(Files::isReadable).sorted().toList();
    } catch (UncheckedIOException unreadable) {
      throw new IOException(unreadable.getMessage(), unreadable);
    }
  }

  private static PageSource of(int pageSize, List<Path> files, long enough, int rounds)
      throws IOException {
    List<Part> parts = new ArrayList<>();
    long pages = 0;
    long bytes = 0;
    for (int round = 0; round < rounds && bytes < enough; round++) {
      long before = bytes;
      for (Path file : files) {
        long size = Files.size(file);
        if (size > 0 && bytes < enough) {
          parts.add(new Part(file, size, pages));
          pages += (size + pageSize - 1) / pageSize;
          bytes += size;
        }
      }
      if (bytes == before) {
        break;
      }
    }
    if (pages == 0) {
      throw new IOException("there is nothing to import: " + files.size() + " files, all empty");
    }
    return new PageSource(pageSize, parts, pages, bytes);
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException gone) {
      return 0;
    }
  }

  long pages() {
    return pages;
  }

  long bytes() {
    return bytes;
  }

  int files() {
    return parts.size();
  }

  /** The bytes of a page, from the file. */
  byte[] page(long offset) throws IOException {
    return pages(offset, 1).getFirst();
  }

  /** The bytes of pages in a row, from the files. */
  List<byte[]> pages(long from, int count) throws IOException {
    List<byte[]> found = new ArrayList<>(count);
    while (found.size() < count) {
      long next = from + found.size();
      Part part = parts.get(indexOf(next));
      long skip = (next - part.firstPage()) * pageSize;
      long wanted = (long) (count - found.size()) * pageSize;
      split(read(part, skip, (int) Math.min(wanted, part.bytes() - skip)), found);
    }
    return found;
  }

  private int indexOf(long page) {
    int at = Arrays.binarySearch(firstPages, page);
    return at >= 0 ? at : -at - 2;
  }

  private void split(byte[] run, List<byte[]> into) {
    for (int at = 0; at < run.length; at += pageSize) {
      into.add(Arrays.copyOfRange(run, at, Math.min(run.length, at + pageSize)));
    }
  }

  private static byte[] read(Part part, long from, int length) throws IOException {
    ByteBuffer run = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(part.file(), StandardOpenOption.READ)) {
      while (run.hasRemaining()) {
        if (channel.read(run, from + run.position()) < 0) {
          throw new EOFException(part.file() + ": became shorter during the demonstration");
        }
      }
    }
    return run.array();
  }
}

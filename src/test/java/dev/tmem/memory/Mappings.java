package dev.tmem.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * What Linux says of single mappings of this process, so that a test's figure has nothing in it of
 * heap and threads.
 */
final class Mappings {

  private Mappings() {}

  /** Bytes in RAM of the mappings that hold these addresses. */
  static long residentBytes(Set<Long> addresses) {
    long bytes = 0;
    boolean meant = false;
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
        String first = line.substring(0, line.indexOf(' '));
        if (first.contains("-")) {
          int dash = first.indexOf('-');
          long from = Long.parseUnsignedLong(first.substring(0, dash), 16);
          long to = Long.parseUnsignedLong(first.substring(dash + 1), 16);
          meant = addresses.stream().anyMatch(at -> at >= from && at < to);
        } else if (meant && first.equals("Rss:")) {
          bytes += Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }
}

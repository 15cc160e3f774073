package dev.tmem.cli.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the machine could still give to processes. */
final class AvailableMemory {

  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private AvailableMemory() {}

  /** With what it would take back from its caches, where the system tells; else what is unused. */
  static long bytes(OperatingSystemMXBean system) {
    try {
      if (Files.isReadable(MEMINFO)) {
        for (String line : Files.readAllLines(MEMINFO)) {
          if (line.startsWith("MemAvailable:")) {
            return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
          }
        }
      }
    } catch (IOException | NumberFormatException untold) {
      return system.getFreeMemorySize();
    }
    return system.getFreeMemorySize();
  }
}

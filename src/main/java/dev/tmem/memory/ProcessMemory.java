package dev.tmem.memory;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the operating system says of this process's memory and of what it may have. Every figure is
 * -1 where it cannot be told. Immutable; each call reads anew.
 */
public final class ProcessMemory {

  /** What a figure is that cannot be told. */
  public static final long UNKNOWN = -1;

  private static final long KIB = 1024;

  private final Path process;
  private final Path cgroups;

  /** This process. */
  public ProcessMemory() {
    this(Path.of("/proc/self"), Path.of("/sys/fs/cgroup"));
  }

  ProcessMemory(Path process, Path cgroups) {
    this.process = process;
    this.cgroups = cgroups;
  }

  /** Bytes of this process that are resident in RAM. */
  public long rssBytes() {
    for (String line : lines(process.resolve("status"))) {
      if (line.startsWith("VmRSS:")) {
        return number(line.replaceAll("[^0-9]", ""), KIB);
      }
    }
    return UNKNOWN;
  }

  /** Bytes of RAM this process may use: its control group's limit or the machine's, the smaller. */
  public long ramBytes() {
    return smaller(cgroupLimitBytes(), machineBytes());
  }

  /** The smallest limit of the control groups that this process is in. */
  long cgroupLimitBytes() {
    long limit = UNKNOWN;
    for (String line : lines(process.resolve("cgroup"))) {
      String[] parts = line.split(":", 3); // number : controllers, none for version 2 : path
      if (parts.length == 3 && parts[1].isEmpty()) {
        limit = smaller(limit, limitUpward(cgroups, parts[2], "memory.max"));
        // mixed systems mount version 2 aside
        limit = smaller(limit, limitUpward(cgroups.resolve("unified"), parts[2], "memory.max"));
      } else if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
        Path memory = cgroups.resolve("memory");
        limit = smaller(limit, limitUpward(memory, parts[2], "memory.limit_in_bytes"));
      }
    }
    return limit;
  }

  /** The smallest limit on the way from a group up to the root; in a container only the root is. */
  private static long limitUpward(Path root, String group, String file) {
    long limit = UNKNOWN;
    Path at = root.resolve(group.substring(group.startsWith("/") ? 1 : 0)).normalize();
    if (!at.startsWith(root)) {
      at = root; // a container sees its group's path relative to one that it does not see
    }
    while (at != null && at.startsWith(root)) {
      List<String> lines = lines(at.resolve(file));
      limit = smaller(limit, lines.isEmpty() ? UNKNOWN : number(lines.getFirst().trim(), 1));
      at = at.getParent();
    }
    return limit;
  }

  private static long machineBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean bean
            && bean.getTotalMemorySize() > 0
        ? bean.getTotalMemorySize()
        : UNKNOWN;
  }

  private static long smaller(long a, long b) {
    if (a == UNKNOWN || b == UNKNOWN) {
      return Math.max(a, b);
    }
    return Math.min(a, b);
  }

  /** "max" and what does not fit a long mean no limit. */
  private static long number(String text, long unit) {
    try {
      return Math.multiplyExact(Long.parseLong(text), unit);
    } catch (NumberFormatException | ArithmeticException none) {
      return UNKNOWN;
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
    } catch (IOException gone) {
      return List.of(); // the figure is not to be had: unknown
    }
  }
}

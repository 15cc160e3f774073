package dev.tmem.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessMemoryTest {

  @TempDir Path folder;

  private ProcessMemory memory() {
    return new ProcessMemory(folder.resolve("process"), folder.resolve("cgroups"));
  }

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void thisProcessHasPlausibleFigures() {
    Assumptions.assumeTrue(System.getProperty("os.name", "").equals("Linux"));
    ProcessMemory real = new ProcessMemory();
    assertTrue(real.rssBytes() > 10L << 20, "RSS " + real.rssBytes());
    assertTrue(real.ramBytes() > real.rssBytes(), "RAM " + real.ramBytes());
  }

  @Test
  void whatIsNotThereIsUnknown() {
    assertEquals(ProcessMemory.UNKNOWN, memory().rssBytes());
    assertEquals(ProcessMemory.UNKNOWN, memory().cgroupLimitBytes());
    assertTrue(memory().ramBytes() > 0, "the machine's is left");
  }

  @Test
  void residentSizeIsInKibibytes() throws IOException {
    write("process/status", "VmPeak:\t 900 kB\nVmRSS:\t    1234 kB\nThreads:\t1\n");
    assertEquals(1234 * 1024, memory().rssBytes());
  }

  @Test
  void smallestLimitUpwardCountsInVersion2() throws IOException {
    write("process/cgroup", "0::/a/b\n");
    write("cgroups/a/b/memory.max", "max\n");
    write("cgroups/a/memory.max", "1048576\n");
    write("cgroups/memory.max", "2097152\n");
    assertEquals(1 << 20, memory().cgroupLimitBytes());
    assertEquals(1 << 20, memory().ramBytes());
  }

  @Test
  void inAContainerOnlyTheRootIsMounted() throws IOException {
    write("process/cgroup", "0::/../../elsewhere\n");
    write("cgroups/memory.max", "4096\n");
    assertEquals(4096, memory().cgroupLimitBytes());
  }

  @Test
  void versionOneHasItsOwnFolderAndName() throws IOException {
    write("process/cgroup", "7:cpu,cpuacct:/x\n4:memory:/group\n0::/\n");
    write("cgroups/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("cgroups/memory/group/memory.limit_in_bytes", "5000000\n");
    assertEquals(5_000_000, memory().cgroupLimitBytes());
  }

  @Test
  void noLimitIsUnknown() throws IOException {
    write("process/cgroup", "garbage\n0::/\n");
    write("cgroups/memory.max", "max\n");
    assertEquals(ProcessMemory.UNKNOWN, memory().cgroupLimitBytes());
  }
}

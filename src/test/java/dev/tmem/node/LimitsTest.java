package dev.tmem.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tmem.TmemOptions;
import dev.tmem.memory.ProcessMemory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** C9: what a node takes when it was told nothing. */
class LimitsTest {

  private static final Path FOLDER = Path.of("data");
  private static final long GIB = 1L << 30;

  private static Limits limits(TmemOptions options, long ram, long free) {
    return Limits.of(options, FOLDER, ram, free);
  }

  @Test
  void defaultsFollowTheMachine() {
    assertEquals(
        new Limits(15 * GIB, 15 * GIB / 2, 4 * GIB),
        limits(new TmemOptions(), 100 * GIB, 500 * GIB));
    assertEquals(
        20 * GIB / 100 * 10, limits(new TmemOptions(), 100 * GIB, 20 * GIB).swapFileBytes());
  }

  @Test
  void aSmallOrUnknownMachineStillGetsWhatANodeNeeds() {
    assertEquals(
        new Limits(TmemOptions.MIN_MEMORY_LIMIT, TmemOptions.MIN_MEMORY_LIMIT / 2, 0),
        limits(new TmemOptions(), 64 << 20, 100 << 20));
    assertEquals(
        2 * GIB / 100 * 15,
        limits(new TmemOptions(), ProcessMemory.UNKNOWN, 500 * GIB).memoryBytes());
  }

  @Test
  void whatIsGivenIsTaken() {
    TmemOptions options =
        new TmemOptions().setMemoryLimit(3 * GIB).setLendLimit(0).setSwapFileSize(0);
    assertEquals(new Limits(3 * GIB, 0, 0), limits(options, 4 * GIB, GIB));
  }
}

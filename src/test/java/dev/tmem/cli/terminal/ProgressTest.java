package dev.tmem.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private static final long MIB = 1 << 20;

  private final Screen screen = new Screen();
  private final AtomicLong clock = new AtomicLong();

  private Progress progress(boolean isTerminal, long total) {
    return new Progress(screen.terminal(isTerminal, false), "import a", total, clock::get);
  }

  private void pass(long millis) {
    clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void onATerminalABarIsDrawnInPlaceAndTakenAway() {
    try (Progress progress = progress(true, 4 * MIB)) {
      pass(500);
      progress.add(MIB);
      pass(500);
      progress.add(MIB);
    }
    assertEquals("", screen.out());
    String[] drawings = screen.err().split("\r", -1);
    assertEquals(
        "import a  [======                  ]   25 %  1.0 MiB of 4.0 MiB  2.0 MiB/s  1.5 s left",
        drawings[1].stripTrailing());
    assertTrue(drawings[2].contains("[============            ]"), drawings[2]);
    assertTrue(drawings[3].isBlank());
    assertFalse(screen.err().contains("\n"));
  }

  @Test
  void elsewhereALineComesNowAndThen() {
    try (Progress progress = progress(false, 100 * MIB)) {
      for (int i = 0; i < 100; i++) {
        pass(100);
        progress.add(MIB);
      }
    }
    assertEquals(
        """
        import a   50 %  50.0 MiB of 100.0 MiB  10.0 MiB/s  5.0 s left
        import a  100 %  100.0 MiB of 100.0 MiB  10.0 MiB/s  0.0 s left
        """,
        screen.err().replace(System.lineSeparator(), "\n"));
  }

  @Test
  void whatIsQuickIsNotTold() {
    try (Progress progress = progress(true, MIB)) {
      pass(1);
      progress.add(MIB);
      assertEquals(0.001, progress.seconds(), 1e-9);
    }
    assertEquals("", screen.err());
  }

  @Test
  void nothingIsDrawnOnceItIsFinished() {
    Progress progress = progress(true, MIB);
    progress.finish();
    pass(1000);
    progress.add(MIB);
    progress.close();
    assertEquals("", screen.err());
  }

  @Test
  void anEmptyFileIsDoneAtOnce() {
    try (Progress progress = progress(true, 0)) {
      pass(1000);
      progress.add(0);
    }
    assertTrue(screen.err().contains("100 %"), screen.err());
  }
}

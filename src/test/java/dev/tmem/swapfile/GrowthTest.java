package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.Until;
import dev.tmem.backend.Backend;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A swap file that grows while it is in use. */
class GrowthTest {

  @TempDir Path folder;

  private final Random random = new Random(17);
  private final Map<Zpage, Long> kept = new HashMap<>();
  private long epochs;

  /** Puts until the file refuses; how many it took. */
  private int fill(Rig rig) {
    for (int taken = 0; ; taken++) {
      Zpage page = Rig.page(random, new PageKey(1, ++epochs), epochs, 20_000);
      long handle = rig.put(page);
      if (handle == Backend.REFUSED) {
        return taken;
      }
      kept.put(page, handle);
    }
  }

  private void assertAllThere(Rig rig) {
    kept.forEach((page, handle) -> Rig.assertFound(page, rig.get(Rig.ref(page, handle))));
    rig.backend.checkInvariants();
  }

  private static SwapfileOptions.Size segments(int segments) {
    return SwapfileOptions.Size.of(new Geometry(Rig.SEGMENT_BYTES, segments).fileBytes());
  }

  @Test
  void aFullFileTakesPagesAgainOnceItHasGrown() throws IOException {
    Path file = folder.resolve("swap");
    try (Rig rig = new Rig(file, 8)) {
      int first = fill(rig);
      long limit = rig.counter("limit_bytes");
      long bytes = Rig.await(rig.backend.grow(segments(24)));
      assertEquals(bytes, Files.size(file));
      assertEquals(bytes, rig.backend.fileBytes());
      assertTrue(rig.counter("limit_bytes") > limit);
      assertEquals(24, rig.counter("segments_total"));
      assertTrue(fill(rig) > first);
      assertAllThere(rig);
      assertEquals(bytes, Rig.await(rig.backend.grow(segments(30))) - 6L * Rig.SEGMENT_BYTES);
      assertTrue(fill(rig) > 0);
      assertAllThere(rig);
    }
    try (Rig again = new Rig(file, 30)) {
      assertEquals(new Geometry(Rig.SEGMENT_BYTES, 30).fileBytes(), again.backend.fileBytes());
    }
  }

  @Test
  void whatIsNotLargerOrDoesNotFitIsRefusedAndNothingChanges() throws IOException {
    Path file = folder.resolve("swap");
    try (Rig rig = new Rig(file, 8)) {
      fill(rig);
      long before = Files.size(file);
      long usable = Files.getFileStore(folder).getUsableSpace();
      for (SwapfileOptions.Size size :
          new SwapfileOptions.Size[] {
            segments(8),
            segments(2),
            SwapfileOptions.Size.of(before + 1000),
            SwapfileOptions.Size.of(usable * 2)
          }) {
        TmemException e =
            assertInstanceOf(TmemException.class, Rig.failure(rig.backend.grow(size)));
        assertEquals(ErrorCode.BACKEND_FAILED, e.code());
        assertEquals(before, Files.size(file));
        assertEquals(before, rig.backend.fileBytes());
        assertEquals(8, rig.counter("segments_total"));
      }
      rig.io().failWrites = true;
      Rig.failure(rig.backend.grow(segments(9)));
      assertEquals(before, Files.size(file));
      rig.io().failWrites = false;
      Rig.await(rig.backend.grow(segments(9)));
      assertAllThere(rig);
    }
  }

  @Test
  void itGrowsWhileOthersWriteAndTheCleanerWorks() {
    HostTwin twin = new HostTwin();
    try (Rig rig = new Rig(folder.resolve("swap"), 12)) {
      rig.backend.attach(twin);
      for (int i = 0; i < 6_000; i++) {
        if (i % 600 == 300) {
          var grown = rig.backend.grow(segments(12 + i / 600 + 1));
          put(rig, twin);
          Rig.await(grown);
        }
        put(rig, twin);
        rig.scheduler.skip(1_000_000);
      }
      assertTrue(rig.counter("cleaner_moved") > 0);
      assertEquals(22, rig.counter("segments_total"));
      Rig.await(rig.backend.flush());
      rig.backend.checkInvariants();
      assertEquals(twin.size(), rig.counter("bd_count"));
      for (HostTwin.Slot slot : twin.slots()) {
        Rig.assertFound(slot.page(), rig.get(slot.ref()));
      }
    }
  }

  private void put(Rig rig, HostTwin twin) {
    Zpage page =
        Rig.page(random, new PageKey(1, random.nextInt(500)), ++epochs, Rig.length(random));
    HostTwin.Slot old = twin.remove(page.key());
    if (old != null) {
      rig.backend.free(java.util.List.of(old.ref()));
    }
    long handle = rig.put(page);
    if (handle != Backend.REFUSED) {
      twin.install(page, handle);
    }
  }

  @Test
  void aShareOfTheFreeSpace() throws IOException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    long half = SwapfileOptions.Size.of("size", "50%").bytes(folder.resolve("swap"));
    assertTrue(half > usable / 4 && half < usable, usable + " free, half is " + half);
    assertEquals(8L << 30, SwapfileOptions.Size.of("size", "8g").bytes(folder.resolve("swap")));
    for (String wrong : new String[] {"0%", "101%", "%", "-5%", "half"}) {
      try {
        SwapfileOptions.Size.of("size", wrong);
        throw new AssertionError(wrong);
      } catch (TmemException e) {
        assertEquals(ErrorCode.INVALID_OPTION, e.code());
      }
    }
  }

  /** A disk that is really full: where this process may mount one. */
  @Test
  void aDiskThatIsReallyFull() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk.toString()));
    try {
      Path file = disk.resolve("swap");
      try (TestScheduler scheduler = new TestScheduler()) {
        var large = new Geometry(Rig.SEGMENT_BYTES, 16);
        try {
          SwapfileBackend.activate(file, large, Rig.NODE, scheduler, real -> real);
          throw new AssertionError("more than the disk has");
        } catch (TmemException e) {
          assertTrue(String.valueOf(e.getMessage()).contains("disk space"), e.getMessage());
        }
      }
      assertTrue(Files.notExists(file));
      try (Rig rig = new Rig(file, 8)) {
        fill(rig);
        Rig.failure(rig.backend.grow(segments(16)));
        // Somebody else fills the disk: what is reserved is ours.
        byte[] rest = new byte[1 << 20];
        try {
          Files.write(disk.resolve("other"), rest);
        } catch (IOException full) {
          assertNotEquals(0, Files.size(file));
        }
        assertAllThere(rig);
        assertEquals(0, rig.counter("failed_writes"));
      }
    } finally {
      assertTrue(run("umount", disk.toString()));
    }
  }

  private static boolean run(String... command) throws Exception {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor(Until.SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException missing) {
      return false;
    }
  }
}

package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Backend;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.Zpage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is as full as it may be, and stays so while its pages are written over. */
class FullFileTest {

  private static final int SEGMENTS = 40;
  private static final int LENGTH = 20_000;

  /** How often the file is written over. */
  private static final int TIMES = 6;

  @TempDir Path folder;

  private final Random random = new Random(29);
  private final HostTwin twin = new HostTwin();
  private long epochs;

  private Zpage page(long offset) {
    return Rig.page(random, new PageKey(1, offset), ++epochs, LENGTH);
  }

  @Test
  void everyOverwriteFindsRoomForEver() {
    try (Rig rig = new Rig(folder.resolve("swap"), SEGMENTS)) {
      rig.backend.attach(twin);
      int pages = 0;
      for (Zpage page = page(0); ; page = page(pages)) {
        long handle = rig.put(page);
        if (handle == Backend.REFUSED) {
          break;
        }
        twin.install(page, handle);
        pages++;
      }
      long live = rig.counter("live_bytes");
      assertTrue(live > rig.counter("limit_bytes") - 2L * RecordLayout.recordBytes(LENGTH));
      long before = rig.counter("bytes_written");
      long stored = 0;
      while (stored < TIMES * rig.geometry.fileBytes()) {
        List<Zpage> batch = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          Zpage page = page(random.nextInt(pages));
          HostTwin.Slot old = twin.remove(page.key());
          if (old != null) {
            rig.backend.free(List.of(old.ref()));
            batch.add(page);
          }
        }
        long[] handles = Rig.await(rig.backend.put(batch));
        for (int i = 0; i < handles.length; i++) {
          assertNotEquals(Backend.REFUSED, handles[i], "a file at its limit has room for it");
          twin.install(batch.get(i), handles[i]);
          stored += RecordLayout.recordBytes(LENGTH);
        }
      }
      assertEquals(live, rig.counter("live_bytes"));
      double amplification = (rig.counter("bytes_written") - before) / (double) stored;
      assertTrue(amplification < CleanBudget.MOVED_FOR_NEW, "write amplification " + amplification);
      assertTrue(rig.counter("cleaner_moved") > 0);
      Rig.await(rig.backend.flush());
      rig.backend.checkInvariants();
      for (HostTwin.Slot slot : twin.slots()) {
        Rig.assertFound(slot.page(), rig.get(slot.ref()));
      }
    }
  }

  @Test
  void theBudgetIsDebitedAndRefunded() {
    int segment = 1 << 20;
    CleanBudget budget = new CleanBudget(segment, 0);
    assertTrue(budget.tryDebit(segment, false, 0, 0));
    assertFalse(budget.tryDebit(1, false, 0, 0), "nothing is saved up for work ahead");
    budget.refund(100, false);
    assertTrue(budget.tryDebit(100, false, 0, 0));
    long second = TimeUnit.SECONDS.toNanos(1);
    assertTrue(budget.tryDebit(CleanBudget.AHEAD_BYTES_PER_SECOND, false, 0, second));
    assertFalse(budget.tryDebit(1, false, 0, second));
    assertFalse(budget.tryDebit(CleanBudget.AHEAD_BYTES_PER_SECOND + 1, false, 0, 100 * second));
    int moved = 0;
    while (budget.tryDebit(segment, true, 0, second)) {
      moved++;
    }
    assertTrue(moved > 0);
    assertFalse(budget.tryDebit(segment, true, 0, second), "what waits is bounded by what was put");
    budget.refund(segment, true);
    assertTrue(budget.tryDebit(segment, true, 0, second));
    assertTrue(budget.tryDebit(32L * segment, true, segment, second));
    assertFalse(budget.tryDebit(1, true, segment, second));
  }
}

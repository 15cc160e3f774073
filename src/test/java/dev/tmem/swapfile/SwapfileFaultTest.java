package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.Until;
import dev.tmem.backend.Backend;
import dev.tmem.backend.Fetched;
import dev.tmem.backend.PageKey;
import dev.tmem.backend.PageRef;
import dev.tmem.backend.Zpage;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a disk does to us, and what must not come of it. */
class SwapfileFaultTest {

  @TempDir Path folder;

  private final long seed = Long.getLong("tmem.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private long epochs;

  private Rig rig(int segments) {
    System.out.println("SwapfileFaultTest seed " + seed);
    return new Rig(folder.resolve("swap"), segments);
  }

  private Zpage page(int length) {
    return Rig.page(random, new PageKey(1, ++epochs), epochs, length);
  }

  @Test
  void aFailedWriteRefusesItsPagesAndHarmsNoOthers() {
    try (Rig rig = rig(8)) {
      Zpage before = page(2000);
      long kept = rig.put(before);
      rig.io().failWrites = true;
      assertEquals(Backend.REFUSED, rig.put(page(2000)));
      assertEquals(1, rig.counter("failed_writes"));
      rig.io().failWrites = false;
      Zpage after = page(2000);
      long later = rig.put(after);
      assertNotEquals(Backend.REFUSED, later);
      Rig.assertFound(before, rig.get(Rig.ref(before, kept)));
      Rig.assertFound(after, rig.get(Rig.ref(after, later)));
      assertEquals(2, rig.counter("bd_count"));
      rig.backend.checkInvariants();
    }
  }

  @Test
  void repeatedFailuresFreezeAndTimeThaws() {
    try (Rig rig = rig(8)) {
      rig.io().failWrites = true;
      for (int i = 0; i < FaultGate.MAX_FAILURES; i++) {
        assertEquals(0, rig.counter("frozen"));
        assertEquals(Backend.REFUSED, rig.put(page(100)));
      }
      assertEquals(1, rig.counter("frozen"));
      assertEquals(2, rig.scheduler.timers(), "the thaw, and the look at the file");
      assertTrue(String.valueOf(rig.backend.trouble()).contains("injected"));
      long writes = rig.io().writes.get();
      assertEquals(Backend.REFUSED, rig.put(page(100)));
      assertEquals(writes, rig.io().writes.get(), "a frozen backend leaves the disk alone");
      rig.scheduler.fire();
      assertEquals(Backend.REFUSED, rig.put(page(100)));
      assertEquals(1, rig.counter("frozen"), "one more failure, frozen again");
      rig.io().failWrites = false;
      rig.scheduler.fire();
      Zpage page = page(100);
      Rig.assertFound(page, rig.get(Rig.ref(page, rig.put(page))));
      assertEquals(0, rig.counter("frozen"));
      assertEquals(2, rig.counter("freezes"));
      assertEquals(rig.geometry.segments() - 1, rig.counter("segments_free"));
      rig.backend.checkInvariants();
    }
  }

  @Test
  void shortWritesAndReadsAreCompleted() {
    try (Rig rig = rig(8)) {
      rig.io().mostBytes = 777;
      List<Zpage> pages = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        pages.add(page(Rig.length(random)));
      }
      long[] handles = Rig.await(rig.backend.put(pages));
      for (int i = 0; i < handles.length; i++) {
        Rig.assertFound(pages.get(i), rig.get(Rig.ref(pages.get(i), handles[i])));
      }
    }
  }

  @Test
  void aReadThatFailsMayComeBack() throws Exception {
    try (Rig rig = rig(8)) {
      Zpage page = page(3000);
      PageRef ref = Rig.ref(page, rig.put(page));
      rig.io().failReads = true;
      assertInstanceOf(Fetched.Unavailable.class, rig.get(ref));
      assertEquals(1, rig.counter("failed_reads"));
      rig.io().failReads = false;
      Rig.assertFound(page, rig.get(ref));
      try (RandomAccessFile raw = new RandomAccessFile(rig.backend.file().toFile(), "rw")) {
        raw.setLength(HeaderLayout.HEADER_BYTES + 100);
      }
      assertInstanceOf(Fetched.Unavailable.class, rig.get(ref));
    }
  }

  @Test
  void aFlushThatFailsSaysSo() {
    try (Rig rig = rig(8)) {
      rig.put(page(10));
      rig.io().failForce = true;
      TmemException e = assertInstanceOf(TmemException.class, Rig.failure(rig.backend.flush()));
      assertEquals(ErrorCode.BACKEND_FAILED, e.code());
      rig.io().failForce = false;
      Rig.await(rig.backend.flush());
    }
  }

  /** Also writes of the cleaner fail now and then; no page that was accepted may be lost by it. */
  @Test
  void failuresAtRandomMomentsLoseNothing() {
    HostTwin twin = new HostTwin();
    try (Rig rig = rig(16)) {
      rig.backend.attach(twin);
      for (int i = 0; i < 6_000; i++) {
        if (i % 40 == 0) {
          rig.io().writesUntilFailure.set(random.nextInt(60));
        }
        Zpage page =
            Rig.page(random, new PageKey(1, random.nextInt(600)), ++epochs, Rig.length(random));
        HostTwin.Slot old = twin.remove(page.key());
        if (old != null) {
          rig.backend.free(List.of(old.ref()));
        }
        long handle = rig.put(page);
        if (handle != Backend.REFUSED) {
          twin.install(page, handle);
        }
        rig.scheduler.fire();
        rig.scheduler.skip(1_000_000);
      }
      rig.io().writesUntilFailure.set(-1);
      Rig.await(rig.backend.flush());
      assertTrue(rig.counter("failed_writes") > 20);
      assertTrue(rig.counter("cleaner_moved") > 0);
      rig.backend.checkInvariants();
      assertEquals(twin.size(), rig.counter("bd_count"));
      assertEquals(twin.recordBytes(), rig.counter("live_bytes"));
      for (HostTwin.Slot slot : twin.slots()) {
        Rig.assertFound(slot.page(), rig.get(slot.ref()));
      }
    }
  }

  @Test
  void anAdministratorThawsAtOnce() {
    try (Rig rig = rig(8)) {
      rig.io().failWrites = true;
      for (int i = 0; i < FaultGate.MAX_FAILURES; i++) {
        rig.put(page(100));
      }
      assertEquals(1, rig.counter("frozen"));
      rig.io().failWrites = false;
      rig.backend.thaw();
      assertNotEquals(Backend.REFUSED, rig.put(page(100)));
      assertNull(rig.backend.trouble());
    }
  }

  /** What the file is in for is found out by a look at it. */
  private static void look(Rig rig, boolean well) {
    Until.until(
        () -> {
          rig.scheduler.fire(); // nothing, while a look is under way
          return (rig.backend.trouble() == null) == well;
        },
        "trouble is seen, or its end");
  }

  @Test
  void aFileThatIsRemovedTakesNoPagesUntilItIsBack() throws Exception {
    try (Rig rig = rig(8)) {
      Path file = rig.backend.file();
      Path other = folder.resolve("other");
      Zpage page = page(3000);
      PageRef ref = Rig.ref(page, rig.put(page));
      Files.move(file, other);
      look(rig, false);
      assertTrue(String.valueOf(rig.backend.trouble()).contains("removed"));
      assertEquals(Backend.REFUSED, rig.put(page(100)));
      Rig.assertFound(page, rig.get(ref));
      Files.write(file, new byte[100]);
      Until.until(
          () -> {
            rig.scheduler.fire();
            return String.valueOf(rig.backend.trouble()).contains("replaced");
          },
          "the other file is seen");
      assertEquals(100, Files.size(file), "it is not ours");
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      look(rig, true);
      assertNotEquals(Backend.REFUSED, rig.put(page(100)));
      Rig.assertFound(page, rig.get(ref));
    }
  }

  @Test
  void aFileThatIsCutIsMadeWholeAndSaysWhatItLost() throws Exception {
    try (Rig rig = rig(8)) {
      Path file = rig.backend.file();
      Zpage page = page(3000);
      PageRef ref = Rig.ref(page, rig.put(page));
      try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
        raw.setLength(100);
      }
      assertInstanceOf(Fetched.Unavailable.class, rig.get(ref));
      Until.until(
          () -> {
            rig.scheduler.fire();
            return Files.size(file) >= rig.geometry.fileBytes();
          },
          "the file has its length again");
      Until.until(() -> rig.get(ref) instanceof Fetched.Corrupt, "the page is lost");
      rig.backend.free(List.of(ref));
      Zpage later = page(3000);
      long handle = rig.put(later);
      assertNotEquals(Backend.REFUSED, handle, () -> String.valueOf(rig.backend.trouble()));
      Rig.assertFound(later, rig.get(Rig.ref(later, handle)));
    }
    new Rig(folder.resolve("swap"), 8).close();
  }

  /** Whatever bit of a record flips on the disk: damage is said, other bytes never returned. */
  @Test
  void damageIsFoundAndNeverServed() throws Exception {
    try (Rig rig = rig(8)) {
      Zpage page = page(100);
      PageRef ref = Rig.ref(page, rig.put(page));
      Zpage neighbour = page(5000);
      PageRef other = Rig.ref(neighbour, rig.put(neighbour));
      long at =
          rig.geometry.base(HandleLayout.segment(ref.handle())) + HandleLayout.offset(ref.handle());
      try (RandomAccessFile raw = new RandomAccessFile(rig.backend.file().toFile(), "rw")) {
        for (int i = 0; i < RecordLayout.PAYLOAD_AT + page.length(); i++) {
          raw.seek(at + i);
          int value = raw.read();
          for (int bit = 0; bit < 8; bit++) {
            raw.seek(at + i);
            raw.write(value ^ 1 << bit);
            List<Fetched> both = Rig.await(rig.backend.get(List.of(ref, other)));
            assertInstanceOf(Fetched.Corrupt.class, both.getFirst(), "byte " + i);
            Rig.assertFound(neighbour, both.getLast());
          }
          raw.seek(at + i);
          raw.write(value);
        }
      }
      Rig.assertFound(page, rig.get(ref));
      assertTrue(rig.counter("corrupt_records") > 0);
    }
  }

  /** The cleaner meets damage: the record stays damaged, wherever it is, and others are moved. */
  @Test
  void damageIsNotCleanedAway() throws Exception {
    HostTwin twin = new HostTwin();
    try (Rig rig = rig(16)) {
      rig.backend.attach(twin);
      Zpage header = page(1000);
      Zpage payload = page(1000);
      for (Zpage page : List.of(header, payload)) {
        long handle = rig.put(page);
        twin.install(page, handle);
        long at = rig.geometry.base(HandleLayout.segment(handle)) + HandleLayout.offset(handle);
        try (RandomAccessFile raw = new RandomAccessFile(rig.backend.file().toFile(), "rw")) {
          raw.seek(at + (page == header ? RecordLayout.EPOCH_AT : RecordLayout.PAYLOAD_AT + 7));
          int value = raw.read();
          raw.seek(raw.getFilePointer() - 1);
          raw.write(value ^ 0x40);
        }
      }
      for (int i = 0; i < 20_000 && rig.counter("cleaner_moved") < 1500; i++) {
        Zpage page = Rig.page(random, new PageKey(9, random.nextInt(800)), ++epochs, 2000);
        HostTwin.Slot old = twin.remove(page.key());
        if (old != null) {
          rig.backend.free(List.of(old.ref()));
        }
        long handle = rig.put(page);
        if (handle != Backend.REFUSED) {
          twin.install(page, handle);
        }
        rig.scheduler.skip(1_000_000);
      }
      assertTrue(rig.counter("cleaner_moved") >= 1500);
      for (HostTwin.Slot slot : twin.slots()) {
        Fetched answer = rig.get(slot.ref());
        if (slot.page() == header || slot.page() == payload) {
          assertInstanceOf(Fetched.Corrupt.class, answer);
        } else {
          Rig.assertFound(slot.page(), answer);
        }
      }
      rig.backend.checkInvariants();
    }
  }
}

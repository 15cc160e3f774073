package dev.tmem.swapfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import dev.tmem.backend.PageKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls to the disk fail, and bits flip: what is lost says so, and nothing older comes back. */
class DurableFaultTest {

  private static final int KEYS = 24;
  private static final int MOST_BYTES = 9000;

  @TempDir Path folder;

  private final long seed = Long.getLong("tmem.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private byte[] formatted = {};

  @BeforeEach
  void format() {
    System.out.println("DurableFaultTest seed " + seed);
    formatted = CrashRig.formatted(file());
  }

  private Path file() {
    return folder.resolve("swap");
  }

  private CrashRig rig(byte[] image) {
    return new CrashRig(file(), new CrashDisk(image), random);
  }

  /** Every call of a short run fails once, alone or with some that follow it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void whicheverCallFails(int howMany) {
    int calls = callsOfARun(Integer.MAX_VALUE, howMany);
    for (int call = 1; call < calls; call += howMany) {
      callsOfARun(call, howMany);
    }
  }

  private int callsOfARun(int failing, int howMany) {
    String what = howMany + " calls fail from " + failing + " on, seed " + seed;
    CrashRig run = rig(formatted);
    byte[] left;
    int calls;
    try (run) {
      run.open(0);
      int before = run.disk.calls();
      if (failing != Integer.MAX_VALUE) {
        run.disk.fail(before + failing, howMany);
      }
      for (int i = 0; i < 90; i++) {
        run.step(KEYS, MOST_BYTES);
        run.scheduler.fire();
      }
      run.backend.checkInvariants();
      calls = run.disk.calls() - before;
      // As it is without an end.
      left = run.disk.image();
      run.disk.fail(Integer.MAX_VALUE, 0);
    }
    try (CrashRig after = rig(left)) {
      assertEquals(null, run.oracle.wrongPages(after.found, after.lost), what);
      assertEquals(0, after.lost.size(), what);
      after.backend.checkInvariants();
    }
    return calls;
  }

  @Test
  void aStartWhoseCallsFailIsRefusedOrFindsEverything() {
    CrashRig run = filled();
    int at = run.disk.events();
    byte[] image = run.disk.after(at, CrashDisk.Outcome.ALL, random);
    CrashRig whole = rig(image);
    int calls = whole.disk.calls();
    whole.close();
    assertTrue(calls > 5, "a start writes");
    for (int call = 0; call < calls; call++) {
      CrashDisk disk = new CrashDisk(image);
      disk.fail(call, 1);
      try (CrashRig after = new CrashRig(file(), disk, random)) {
        assertEquals(null, run.oracle.wrongPages(after.found, after.lost), "call " + call);
      } catch (TmemException refused) {
        assertEquals(ErrorCode.BACKEND_FAILED, refused.code());
      }
      // The next one, on what that left.
      try (CrashRig after = rig(disk.image())) {
        assertEquals(null, run.oracle.wrongPages(after.found, after.lost), "after call " + call);
      }
    }
  }

  /** Half of a record is on the disk, and nothing tells it from a whole one but its checksum. */
  @Test
  void anOrderlyEndAfterAFailedWriteIsNotTrusted() {
    PageKey kept = new PageKey(CrashRig.AREA, 1);
    PageKey torn = new PageKey(CrashRig.AREA, 2);
    CrashRig run = rig(formatted);
    try (run) {
      run.open(0);
      assertTrue(run.store(kept, MOST_BYTES));
      run.disk.fail(run.disk.calls(), 1);
      assertFalse(run.store(torn, MOST_BYTES), "its write was to fail");
    }
    try (CrashRig after = rig(run.disk.image())) {
      assertEquals(Set.of(kept), after.found.keySet());
    }
  }

  /** What is left of it is no damage: nothing in that segment was ever acknowledged. */
  @Test
  void aSegmentWhoseFirstWriteFailedHoldsNothingThatCouldBeLost() {
    PageKey kept = new PageKey(CrashRig.AREA, 1);
    PageKey torn = new PageKey(CrashRig.AREA, 2);
    CrashRig run = rig(formatted);
    byte[] left;
    try (run) {
      run.open(0);
      run.disk.fail(run.disk.calls() + 1, 1); // the call before it writes zeros
      assertFalse(run.store(torn, MOST_BYTES), "its write was to fail");
      assertTrue(run.store(kept, MOST_BYTES));
      left = run.disk.image();
    }
    try (CrashRig after = rig(left)) {
      assertEquals(Set.of(kept), after.found.keySet());
      assertEquals(Set.of(), after.lost.keySet());
    }
  }

  /** What the last segment holds is named nowhere else: it is not given up for one failed read. */
  @Test
  void aStartThatCannotReadTheEndOfTheLogIsRefusedAndTheNextFindsEverything() {
    CrashRig run = filled();
    byte[] image = run.disk.after(run.disk.marked(), CrashDisk.Outcome.ALL, random);
    CrashDisk disk = new CrashDisk(image);
    disk.failReads(CrashRig.GEOMETRY.base(newestSegment(run, image)));
    TmemException refused =
        assertThrows(TmemException.class, () -> new CrashRig(file(), disk, random));
    assertEquals(ErrorCode.BACKEND_FAILED, refused.code());
    assertEquals(0, check(run, disk.image(), "the next start"));
  }

  /** A run whose last records are of pages that nobody asks about. */
  private CrashRig filled() {
    CrashRig run = rig(formatted);
    try (run) {
      run.open(0);
      // More than a segment holds: wherever the cleaner has copied it, the last one has not all.
      for (int i = 0; i < 14; i++) {
        run.store(new PageKey(CrashRig.AREA, KEYS + 10 + i), MOST_BYTES);
      }
      for (int i = 0; i < 250; i++) {
        run.step(KEYS, MOST_BYTES);
      }
      // The very last record is damaged without notice: what never was finished looks the same.
      storeSurely(run, new PageKey(CrashRig.AREA, KEYS + 1));
      storeSurely(run, new PageKey(CrashRig.AREA, KEYS + 2));
      // The end of the process is not part of it.
      run.disk.mark();
    }
    return run;
  }

  /** Pages may have come to fill the file: then others go until there is room. */
  private static void storeSurely(CrashRig run, PageKey key) {
    for (int i = 0; !run.store(key, 3000); i++) {
      assertTrue(i < KEYS, "there is no room for " + key);
      run.invalidate(new PageKey(CrashRig.AREA, i));
    }
  }

  @Test
  void whateverBitFlips() {
    CrashRig run = filled();
    byte[] image = run.disk.after(run.disk.marked(), CrashDisk.Outcome.ALL, random);
    int lost = 0;
    for (int round = 0; round < 600; round++) {
      byte[] damaged = image.clone();
      int bit = random.nextInt(damaged.length * 8);
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      lost += check(run, damaged, "bit " + bit);
    }
    assertTrue(lost > 0, "nothing was hit");
  }

  @Test
  void whateverSectorIsDamaged() {
    CrashRig run = filled();
    byte[] image = run.disk.after(run.disk.marked(), CrashDisk.Outcome.ALL, random);
    int lost = 0;
    for (int round = 0; round < 600; round++) {
      byte[] damaged = image.clone();
      int sector = random.nextInt(damaged.length / CrashDisk.SECTOR) * CrashDisk.SECTOR;
      byte[] noise = new byte[CrashDisk.SECTOR];
      if (round % 2 == 0) {
        random.nextBytes(noise);
      }
      System.arraycopy(noise, 0, damaged, sector, noise.length);
      lost += check(run, damaged, "sector at " + sector);
    }
    assertTrue(lost > 0, "nothing was hit");
  }

  /** The segment that was being written to is listed nowhere: it names its own records. */
  @Test
  void whicheverSectorOfTheLastSegmentIsDamaged() {
    CrashRig run = filled();
    byte[] image = run.disk.after(run.disk.marked(), CrashDisk.Outcome.ALL, random);
    int base = (int) CrashRig.GEOMETRY.base(newestSegment(run, image));
    int lost = 0;
    for (int at = 0; at < CrashRig.GEOMETRY.segmentBytes(); at += CrashDisk.SECTOR) {
      byte[] damaged = image.clone();
      Arrays.fill(damaged, base + at, base + at + CrashDisk.SECTOR, (byte) (at / 512 % 2 * 0x5a));
      lost += check(run, damaged, "sector at " + at + " of the last segment");
    }
    System.out.println(lost + " pages lost, each named");
  }

  /** A record's header is damaged, whichever it is, and the page had an older version. */
  @Test
  void whicheverHeaderOfTheLastSegmentIsDamagedItsPageIsNamed() {
    CrashRig run = rig(formatted);
    try (run) {
      run.open(0);
      for (int i = 0; i < 12; i++) {
        run.store(new PageKey(CrashRig.AREA, i % 4), 1 + random.nextInt(MOST_BYTES));
      }
      run.store(new PageKey(CrashRig.AREA, KEYS + 1), 3000);
      run.store(new PageKey(CrashRig.AREA, KEYS + 2), 3000);
      run.disk.mark();
    }
    byte[] image = run.disk.after(run.disk.marked(), CrashDisk.Outcome.ALL, random);
    ByteBuffer bytes = ByteBuffer.wrap(image);
    int base = (int) CrashRig.GEOMETRY.base(newestSegment(run, image));
    int lost = 0;
    for (int at = SegmentLayout.HEADER_BYTES; bytes.getInt(base + at) == RecordLayout.MAGIC; ) {
      byte[] damaged = image.clone();
      damaged[base + at + RecordLayout.EPOCH_AT] ^= 1;
      lost += check(run, damaged, "header at " + at);
      at += bytes.getInt(base + at + RecordLayout.RECORD_LENGTH_AT);
    }
    assertEquals(5, lost, "the newest version of each page but the last, once; seed " + seed);
  }

  @Test
  void aWholeSegmentThatIsDamagedLosesItsOwnPagesOnly() {
    CrashRig run = filled();
    byte[] image = run.disk.after(run.disk.marked(), CrashDisk.Outcome.ALL, random);
    int last = newestSegment(run, image);
    int lost = 0;
    for (int segment = 0; segment < CrashRig.GEOMETRY.segments(); segment++) {
      if (segment != last) {
        byte[] damaged = image.clone();
        int base = (int) CrashRig.GEOMETRY.base(segment);
        Arrays.fill(damaged, base, base + CrashRig.GEOMETRY.segmentBytes(), (byte) 0x5a);
        lost += check(run, damaged, "segment " + segment);
      }
    }
    assertTrue(lost > 0, "nothing was lost with the segments: " + lost);
  }

  private static int newestSegment(CrashRig run, byte[] image) {
    ByteBuffer bytes = ByteBuffer.wrap(image);
    int newest = -1;
    long highest = 0;
    for (int i = 0; i < CrashRig.GEOMETRY.segments(); i++) {
      ByteBuffer header = bytes.slice((int) CrashRig.GEOMETRY.base(i), SegmentLayout.HEADER_BYTES);
      long generation = SegmentLayout.generation(header, run.uuid, i);
      if (generation > highest) {
        highest = generation;
        newest = i;
      }
    }
    return newest;
  }

  /**
   * What is found is as it was acknowledged last, or lost; and that it stays in the next life.
   *
   * @return pages that are lost
   */
  private int check(CrashRig run, byte[] damaged, String what) {
    String where = what + ", seed " + seed;
    CrashRig after = rig(damaged);
    try (after) {
      assertEquals(null, wrong(run, after), where);
      after.backend.checkInvariants();
    }
    try (CrashRig later = rig(after.disk.image())) {
      assertEquals(after.found.keySet(), later.found.keySet(), where);
      assertEquals(after.lost, later.lost, where);
    }
    return after.lost.size();
  }

  private static @Nullable String wrong(CrashRig run, CrashRig after) {
    return run.oracle.wrongPages(
        after.found, after.lost, Set.of(new PageKey(CrashRig.AREA, KEYS + 2)));
  }
}
